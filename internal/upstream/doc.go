// Package upstream asks bbolt's and etcd's own code about a file: on a private
// copy, in a child process with limits. The child is a program of its own,
// boltvet-upstream (package quarantine); none of that code is linked into boltvet.
//
// Why a child: on damaged files upstream code panics in goroutines of its own,
// where no recover reaches it, faults on mapped pages, loops on cycles, and
// writes to the files that it opens (etcdutl hashkv changes the snapshot it
// hashes). None of that may happen to our process or to the evidence. The death
// of the child, its silence and its greed are answers ([Crashed], [TimedOut],
// [OutOfMemory]), not errors.
//
// The parent's side is [Asker]: copy, start, watch, kill, parse, remove. The
// child's side is package quarantine. One child answers one [Question] with one
// line of JSON, a [Reply]. [Compare] holds answers against our own numbers.
//
// What a child may use:
//
//	wall clock   Asker.Timeout and a second for each 16 MiB; then SIGKILL for its process group
//	CPU          the same, times the number of processors
//	memory       Asker.MaxMemory, not counting mapped files (Linux); GOMEMLIMIT just below it
//	disk         twice the copy and 256 MiB for any file (Linux); no core files
//	output       64 KiB of stdout and of stderr are kept, the rest is read and dropped
//	environment  GOMEMLIMIT and GOTRACEBACK, nothing else
//
// The copy is 0600 in a folder of its own of mode 0700, a reflink where the
// filesystem can. On Linux it loses its name before it gets its first byte, so
// that not even SIGKILL leaves a secret behind; elsewhere it is removed when the
// question has been answered.
//
// The package is not a test oracle (tests call upstream code directly) and not a
// judge: how bad an answer is, package verify decides.
//
// Coordinates: those of the upstream code; sizes in bytes, pages counted with
// their overflow pages only where said.
package upstream
