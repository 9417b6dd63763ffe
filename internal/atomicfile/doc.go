// Package atomicfile makes an output file or directory appear whole or not at all.
//
// An output is staged next to its target under a recognisable, locked name and
// takes the target's place in one rename once it is complete and on the disk:
//
//	f, err := atomicfile.Create(target, atomicfile.Options{})
//	if err != nil { … }
//	defer f.Abort()            // does nothing after a Commit
//	… write to f, verify f.Name() …
//	err = f.Commit()
//
// A run that fails or is interrupted calls Abort and leaves nothing. A run that
// is killed leaves at most its staging sibling, `.NAME.boltvet-RANDOM.tmp`; the
// lock on it died with the process, so the next Create for the same target (or
// Clean) knows that it is nobody's and removes it.
//
// Promises of Commit, for a failure at every step: the target is either what it
// was before (absent, or the old file) or the complete new file, and a staging
// sibling does not stay. The last step, the fsync of the directory, comes after
// the rename; if it fails, the rename is taken back. (On a filesystem without
// hard links a replaced file cannot be brought back; then the complete new file
// stays and the error says so.)
//
// The package knows nothing of what is written. It is used by everything that
// makes a file, and by nothing that only reads one.
package atomicfile
