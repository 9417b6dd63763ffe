package datadir

import "fmt"

// A Kind says what a path turned out to be. The first five are accepted, all others are refused by
// name. String is a stable word.
type Kind uint8

// The kinds of paths.
const (
	KindUnknown        Kind = iota // nothing that we know
	KindSnapshot                   // a bolt file with room for a sha256 trailer (size % 512 == 32)
	KindDB                         // a bare bolt file
	KindDataDir                    // a directory that holds member/
	KindMemberDir                  // a member directory: snap/ and wal/
	KindWALDir                     // a directory of log segments
	KindEmpty                      // a file of no bytes
	KindZero                       // a file of zeros, sparse or not
	KindText                       // readable text
	KindHTML                       // a web page, most often an error page that was saved as a backup
	KindXML                        // XML, most often the error body of an object store
	KindJSON                       // JSON, most often the error body of a server
	KindBigEndian                  // a bolt file of a big-endian machine
	KindPartDownload               // an interrupted download (.part) that is not whole
	KindWALSegment                 // one log segment, not a whole log
	KindSnapFile                   // a raft .snap file, which holds no keys
	KindTar                        // a tar archive
	KindCompressed                 // a compression that is not unpacked here, or one inside another
	KindDamagedArchive             // a gzip, zstd or zip file from which nothing could be unpacked
	KindArchive                    // a zip with no backup, or with several
	KindEncrypted                  // age, gpg, openssl, LUKS, ansible-vault
	KindExecutable                 // a program
	KindSQLite                     // another database
	KindDevice                     // a device or a socket
	KindOtherDir                   // a directory that is none of the above
	kindEnd
)

var kindWords = [kindEnd]string{
	KindUnknown:        "unknown",
	KindSnapshot:       "snapshot",
	KindDB:             "db",
	KindDataDir:        "data-dir",
	KindMemberDir:      "member-dir",
	KindWALDir:         "wal-dir",
	KindEmpty:          "empty",
	KindZero:           "zeros",
	KindText:           "text",
	KindHTML:           "html",
	KindXML:            "xml",
	KindJSON:           "json",
	KindBigEndian:      "big-endian",
	KindPartDownload:   "part-download",
	KindWALSegment:     "wal-segment",
	KindSnapFile:       "snap-file",
	KindTar:            "tar",
	KindCompressed:     "compressed",
	KindDamagedArchive: "damaged-archive",
	KindArchive:        "archive",
	KindEncrypted:      "encrypted",
	KindExecutable:     "executable",
	KindSQLite:         "sqlite",
	KindDevice:         "device",
	KindOtherDir:       "other-dir",
}

// String returns the stable word of the kind.
func (k Kind) String() string {
	if k >= kindEnd {
		return fmt.Sprintf("kind-%d", uint8(k))
	}
	return kindWords[k]
}

// Accepted reports whether a path of this kind can be worked with.
func (k Kind) Accepted() bool { return k >= KindSnapshot && k <= KindWALDir }
