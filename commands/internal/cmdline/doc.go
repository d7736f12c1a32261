// Package cmdline adds what the flag library lacks. It knows no option of a particular
// command:
//
//   - program.go runs a command line, help.go and version.go are what it prints itself,
//   - args.go puts options before arguments, mistakes.go and near.go say what was probably meant,
//   - options.go makes options, variables.go gives them values from the environment, checks.go judges values,
//   - definition.go describes commands for completion and manual pages,
//   - usual.go has the options that are the same in several commands.
package cmdline
