// Package files writes files that appear only when they are complete, and gives pictures
// their names. Nothing that a device sends can lead out of a directory or replace another
// file.
//
// In reading order:
//
//	kind.go     what stands under a name, and whether it may be replaced
//	pending.go  a file before it has its name (unnamed_linux.go: without any)
//	numbers.go  x.jpg, x-2.jpg, x-3.jpg: the first free name, and the one that holds the same bytes
//	name.go     the name of a picture, and the folder of its camera
//	album.go    a directory of pictures: one folder for each camera
package files
