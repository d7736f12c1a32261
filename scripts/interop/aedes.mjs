// Runs an aedes broker on the loopback: node aedes.mjs PORT, in the folder where aedes is installed.
import { Aedes } from 'aedes'
import { createServer } from 'node:net'

const broker = await Aedes.createBroker()
createServer(broker.handle).listen(Number(process.argv[2]), '127.0.0.1')
