"""$SCRDR lines on stdin to JSON Lines on stdout, as one writes it in Python without much thought.

A peer in "make bench": it gives the same fields as mqtool scrdr-parse --json. A line with a wrong
checksum goes to stderr.
"""

import json
import sys
from functools import reduce
from operator import xor

MOVES = {"I": "insert", "R": "remove", "IR": "insert,remove"}


def parse(line):
    body, printed = line.removeprefix("$").rsplit("*", 1)
    difference = reduce(xor, body.encode()) ^ int(printed, 16)
    if difference not in (0, 0x0E):
        raise ValueError("wrong checksum")

    _, interface, protocol, template, rssi, tag_id, move, tag_data, tag_details = body.split(";")
    data = {"format": "scrdr"}
    if interface:
        data["interface"] = "0x" + interface
    if protocol:
        data["protocol"] = "0x" + protocol
    if template:
        data["template"] = int(template, 16)
    if rssi:
        raw = int(rssi, 16)
        data["rssi"] = raw - 256 if raw > 127 else raw
        data["rssi_raw"] = rssi
    if tag_id:
        bytes.fromhex(tag_id)
        data["tag_id"] = tag_id
    if move:
        data["move"] = MOVES[move]
    if tag_data:
        data["tag_data"] = tag_data
    if tag_details:
        data["tag_details"] = tag_details
    data["checksum_rule"] = "inclusive" if difference else "exclusive"
    return {"family": "springcore", "kind": "event", "data": data}


def main():
    for number, line in enumerate(sys.stdin, 1):
        try:
            print(json.dumps(parse(line.rstrip())))
        except (KeyError, ValueError) as error:
            print(f"{number}: {error}", file=sys.stderr)


main()
