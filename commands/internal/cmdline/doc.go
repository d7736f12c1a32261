// Package cmdline is what the flag library lacks. It knows no option of a
// command:
//
//   - program.go runs a command line, help.go and version.go are what it prints itself,
//   - args.go puts options before arguments, mistakes.go and near.go say what was probably meant,
//   - options.go makes options, variables.go gives them values from the environment, checks.go judges values,
//   - definition.go is what others than the help say about commands,
//   - usual.go has the options that are the same in several commands.
package cmdline
