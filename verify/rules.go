package verify

import (
	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// rule says how bad a kind of fault is, where it belongs, what it means, what to do and
// what it does to what others make of the file. docs/FINDINGS.md says the same at length; a test holds the two together.
type rule struct {
	severity Severity
	layer    Layer
	meaning  string
	next     string
	effect   effect
}

// effect is what a fault does to what is made of the file, however bad it is.
type effect uint8

const (
	// hidesKeys: an answer about keys may lack something or be another one, if the fault is
	// of bucket key or of what leads there.
	hidesKeys effect = 1 << iota
	// altersHash: the status hash is not that of what was written.
	altersHash
	// carried: a member that is restored from the file has the fault, too.
	carried
	// mended: a defragmented copy does not have the fault, and lacks nothing by it.
	mended

	ofContent = hidesKeys | altersHash | carried
)

// What to do, where several rules have the same answer.
const (
	nextOther    = "use another backup, or a copy of the same state from another member; this file's hidden keys are lost to it"
	nextRewrite  = "nothing is lost; a fresh snapshot or a defragmented copy does not have it"
	nextRestore  = "restore it; the new member will not have it"
	nextSnapshot = "take a new snapshot from a healthy member and verify it"
	nextWAL      = "do not start etcd on this directory; restore from a snapshot, or copy the directory first"
	nextNone     = ""
)

// DeepCodes are the codes of what takes more than a glance at each record: a reading that
// keeps no table of keys, and compares no old copies, does not look for it, or not in every
// record. See mvccview.AuditOptions.
func DeepCodes() []string {
	var codes []string
	for _, k := range []mvccview.FaultKind{mvccview.RecordConflict, mvccview.RecordCreateRevision, mvccview.RecordTombstoneOrphan, mvccview.RecordVersion} {
		codes = append(codes, k.String())
	}
	return codes
}

// rules is keyed by the fault kinds of bolt, mvccview and datadir. A kind without
// an entry is a bug that a test finds.
var rules = map[any]rule{
	bolt.FileTruncated: {Damaged, LayerFile, "the file was cut: pages in use lie beyond its end", nextOther, ofContent},
	bolt.FileShortTail: {Worn, LayerFile, "the file ends early, but only free pages are missing; a running etcd cannot take snapshots of it", nextRestore, mended},
	bolt.FileTail:      {Worn, LayerFile, "data behind the end of the database", nextRewrite, mended},

	bolt.MetaNone:       {Unreadable, LayerMeta, "neither meta page is valid, so the root of the data is not known", nextOther, ofContent},
	bolt.MetaMagic:      {Worn, LayerMeta, "a meta page is not a meta page; the other one is used", nextRewrite, mended},
	bolt.MetaVersion:    {Worn, LayerMeta, "a meta page has an unknown version; the other one is used", nextRewrite, mended},
	bolt.MetaChecksum:   {Worn, LayerMeta, "a meta page is damaged; the other one is used, which may lack the last transaction", nextRewrite, mended},
	bolt.MetaPageSize:   {Damaged, LayerMeta, "the page size in the meta is not that of the pages", nextOther, ofContent},
	bolt.MetaPageHeader: {Worn, LayerMeta, "the header of a meta page is wrong; bbolt does not look at it", nextRewrite, mended},
	bolt.MetaRoot:       {Damaged, LayerMeta, "the meta names a root page that cannot be one", nextOther, ofContent},
	bolt.MetaFreelist:   {Damaged, LayerMeta, "the meta names a freelist page that cannot be one; etcd dies or hangs on it", nextRewrite, mended},
	bolt.MetaHighWater:  {Damaged, LayerMeta, "the high water mark cannot be true", nextOther, ofContent},
	bolt.MetaTxid:       {Worn, LayerMeta, "the transactions of the two metas do not follow each other: a meta was edited or taken back", nextRewrite, mended},

	bolt.FreelistPage:      {Damaged, LayerFreelist, "the freelist is not where the meta says", nextRewrite, mended},
	bolt.FreelistCount:     {Damaged, LayerFreelist, "the freelist's length is impossible", nextRewrite, mended},
	bolt.FreelistRange:     {Damaged, LayerFreelist, "the freelist names pages that do not exist; etcd dies when it uses them", nextRewrite, mended},
	bolt.FreelistOrder:     {Worn, LayerFreelist, "the freelist is not sorted; bbolt sorts it when it opens the file", nextRewrite, mended},
	bolt.FreelistDuplicate: {Damaged, LayerFreelist, "a page is free twice; etcd would use it for two things", nextRewrite, mended},
	bolt.FreelistReachable: {Damaged, LayerFreelist, "a page in use is listed as free; etcd would overwrite data with its next commits", "do not start etcd on it; restore from a defragmented copy", mended},
	bolt.FreelistLeak:      {Worn, LayerFreelist, "pages that nobody uses and that are not listed as free: lost space, or a lost subtree", nextRewrite, mended},

	bolt.PageOutOfRange:   {Damaged, LayerPages, "a pointer leads outside the database", nextOther, ofContent},
	bolt.PageMissing:      {Damaged, LayerPages, "a page in use lies beyond the end of the file", nextOther, ofContent},
	bolt.PageLoop:         {Damaged, LayerPages, "a branch points back to its own ancestor; bbolt's tools loop on it", nextOther, ofContent},
	bolt.PageCrossLink:    {Damaged, LayerPages, "two pointers lead to one page; nothing tells which is right, so what both should hold is in doubt", nextOther, ofContent},
	bolt.PageZeroed:       {Damaged, LayerPages, "a page in use was zeroed, as power loss and bad disks do", nextOther, ofContent},
	bolt.PageID:           {Damaged, LayerPages, "a page carries another page's number: a misdirected or damaged write", nextOther, ofContent},
	bolt.PageKind:         {Damaged, LayerPages, "a page is not of the kind that belongs here", nextOther, ofContent},
	bolt.PageCount:        {Damaged, LayerPages, "a page's element count is not that of its element table", nextOther, ofContent},
	bolt.PageOverflow:     {Damaged, LayerPages, "a page's overflow is not what its content needs; etcd may reuse part of it", nextOther, ofContent},
	bolt.PageEmpty:        {Damaged, LayerPages, "a page in the middle of a tree is empty", nextOther, ofContent},
	bolt.PagePosition:     {Damaged, LayerPages, "an element points outside its page", nextOther, ofContent},
	bolt.PageSize:         {Damaged, LayerPages, "an element's size is impossible", nextOther, ofContent},
	bolt.PageElementFlags: {Worn, LayerPages, "an element has flags that bbolt never sets and does not look at", nextRewrite, ofContent},
	bolt.PagePacking:      {Damaged, LayerPages, "a page's elements do not follow each other, as bbolt always writes them: it was damaged or edited", nextOther, ofContent},
	bolt.PageSlack:        {Damaged, LayerPages, "data behind the last element of a page, where bbolt writes zeros: hidden elements or damage", nextOther, ofContent},

	bolt.PageKeyOrder:  {Damaged, LayerOrder, "keys are out of order; lookups miss what scans find", nextOther, ofContent},
	bolt.PageKeyBounds: {Damaged, LayerOrder, "a key lies outside the range of its page; lookups miss it", nextOther, ofContent},
	bolt.PageSeparator: {Damaged, LayerOrder, "a branch's key is not the first key of the page below: one of the two is damaged or stale", nextOther, ofContent},

	bolt.BucketHeader: {Damaged, LayerBuckets, "a bucket's header does not fit its value", nextOther, ofContent},
	bolt.BucketInline: {Worn, LayerBuckets, "the header of an inline bucket has fields that bbolt never sets", nextRewrite, ofContent},
	bolt.BucketPlain:  {Damaged, LayerBuckets, "the bucket directory holds something else: the file was copied while in use, or a pointer is wrong", nextSnapshot, ofContent},

	mvccview.RevisionLength:    {Damaged, LayerRevisions, "a revision key has an impossible length; etcd dies on it", nextOther, ofContent},
	mvccview.RevisionSeparator: {Damaged, LayerRevisions, "a revision key has a wrong separator; etcd dies on it", nextOther, ofContent},
	mvccview.RevisionNegative:  {Damaged, LayerRevisions, "a revision is negative; etcd does not load what follows", nextOther, ofContent},
	mvccview.RevisionMark:      {Damaged, LayerRevisions, "a revision key's mark is not a tombstone's", nextOther, ofContent},
	mvccview.RevisionZero:      {Damaged, LayerRevisions, "a revision below 2, which no store writes", nextOther, ofContent},
	mvccview.RevisionOrder:     {Damaged, LayerRevisions, "revisions do not ascend", nextOther, ofContent},
	mvccview.RevisionSubGap:    {Damaged, LayerRevisions, "a change of a transaction is missing", nextOther, ofContent},
	mvccview.RevisionBack:      {Damaged, LayerRevisions, "the transaction before had newer revisions than the live tree: a pointer leads to an older state", nextOther, ofContent},
	mvccview.RevisionGap:       {Damaged, LayerRevisions, "revisions above the compact revision are missing", nextOther, ofContent},

	mvccview.ValueUnparseable: {Damaged, LayerRevisions, "a value is not a key-value record; etcd refuses to start on it", nextOther, ofContent},
	mvccview.ValueEmpty:       {Damaged, LayerRevisions, "a record is empty", nextOther, ofContent},
	mvccview.ValueKeyEmpty:    {Damaged, LayerRevisions, "a record has no key", nextOther, ofContent},

	mvccview.RecordTombstoneValue:  {Worn, LayerRevisions, "a tombstone carries more than its key", nextRewrite, ofContent},
	mvccview.RecordTombstonePut:    {Damaged, LayerRevisions, "a put is marked as a deletion: etcd takes the key for deleted", nextOther, ofContent},
	mvccview.RecordTombstoneOrphan: {Damaged, LayerRevisions, "a deletion of a key that did not exist", nextOther, ofContent},
	mvccview.RecordBelowCompact:    {Worn, LayerRevisions, "a record that the finished compaction should have removed", nextRewrite, ofContent},
	mvccview.RecordModRevision:     {Damaged, LayerRevisions, "a record's mod_revision is not its revision: its key or value was changed", nextOther, ofContent},
	mvccview.RecordCreateRevision:  {Damaged, LayerRevisions, "a record's create_revision contradicts the history of its key", nextOther, ofContent},
	mvccview.RecordVersion:         {Damaged, LayerRevisions, "a record's version contradicts the history of its key", nextOther, ofContent},
	mvccview.RecordLeaseMissing:    {Worn, LayerMeanings, "a live key's lease does not exist: the key will never expire", "after the restore, put the key with a lease again or delete it", carried},
	mvccview.RecordOrphan:          {Damaged, LayerRevisions, "the tree has lost a page that still lies in the file, with revisions that it must have", nextOther, ofContent},
	mvccview.RecordConflict:        {Damaged, LayerRevisions, "two copies of one revision differ, though records never change", nextOther, ofContent},

	mvccview.CompactValue:         {Damaged, LayerRevisions, "a compact revision is not one; etcd dies on it", nextOther, ofContent},
	mvccview.CompactOrder:         {Damaged, LayerRevisions, "the finished compaction is above the scheduled one", nextOther, ofContent},
	mvccview.CompactUnfinished:    {Note, LayerRevisions, "a compaction is under way; etcd resumes it when it starts", nextNone, ofContent},
	mvccview.CompactBeyondLatest:  {Damaged, LayerRevisions, "the compact revision is above the newest record", nextOther, hidesKeys | carried},
	mvccview.CompactMissingRecord: {Note, LayerRevisions, "no record at the compact revision: normal if an older release compacted", nextNone, ofContent},

	mvccview.IndexMissing:     {Damaged, LayerMeanings, "the consistent index is missing; etcd would apply its log twice", "restore from it; the restore writes a new one", carried},
	mvccview.IndexValue:       {Damaged, LayerMeanings, "the consistent index is not a number; etcd dies on it", "restore from it; the restore writes a new one", 0},
	mvccview.TermMissing:      {Worn, LayerMeanings, "the raft term is missing, though 3.5 and newer write it", nextRestore, carried},
	mvccview.TermValue:        {Damaged, LayerMeanings, "the term is not a number", nextRestore, 0},
	mvccview.SchemaVersion:    {Damaged, LayerMeanings, "the storage version is not a version; etcd ignores it", nextRestore, carried},
	mvccview.SchemaUnknownKey: {Worn, LayerMeanings, "an unknown key in the meta bucket", nextNone, carried},
	mvccview.SchemaTooNew:     {Worn, LayerMeanings, "a storage version that is newer than this tool knows", "use a boltvet of that release, and an etcd of that release to restore", carried},

	mvccview.BucketMissing:  {Damaged, LayerBuckets, "a bucket that every etcd creates is missing", nextOther, ofContent},
	mvccview.BucketUnknown:  {Worn, LayerBuckets, "a bucket that no etcd release has", nextNone, ofContent},
	mvccview.BucketSequence: {Worn, LayerBuckets, "a bucket has a sequence, which etcd never uses", nextRewrite, ofContent},
	mvccview.BucketNested:   {Damaged, LayerBuckets, "a bucket within a bucket, which etcd never makes", nextOther, ofContent},

	mvccview.LeaseKey:   {Damaged, LayerMeanings, "a lease's key is not a lease id", nextRestore, carried},
	mvccview.LeaseValue: {Damaged, LayerMeanings, "a lease cannot be read; etcd dies on it", nextOther, carried},
	mvccview.LeaseID:    {Damaged, LayerMeanings, "a lease is stored under another id", nextRestore, carried},
	mvccview.LeaseTTL:   {Worn, LayerMeanings, "a lease without time to live", nextNone, carried},

	mvccview.AlarmKey:     {Damaged, LayerMeanings, "an alarm cannot be read; etcd dies on it", nextOther, carried},
	mvccview.AlarmNoSpace: {Worn, LayerMeanings, "a NOSPACE alarm is active: a cluster restored from this refuses puts until it is disarmed", "after the restore: etcdctl alarm disarm", carried},
	mvccview.AlarmCorrupt: {Worn, LayerMeanings, "a CORRUPT alarm is active: etcd found this member's data differing from the others'; a restored cluster refuses all writes", "prefer a backup of another member; compare them by hashkv", carried},
	mvccview.AlarmUnknown: {Worn, LayerMeanings, "an alarm of an unknown type", nextNone, carried},
	mvccview.AlarmValue:   {Worn, LayerMeanings, "an alarm with a value, which etcd never writes", nextNone, carried},

	mvccview.AuthValue:      {Damaged, LayerMeanings, "a user, role or setting cannot be read; etcd dies on it", nextOther, carried},
	mvccview.AuthName:       {Damaged, LayerMeanings, "a user or role is stored under another name", nextRestore, carried},
	mvccview.AuthReference:  {Worn, LayerMeanings, "a user has a role that does not exist", nextRestore, carried},
	mvccview.AuthRoot:       {Damaged, LayerMeanings, "auth is enabled without a root user: nobody can administer the cluster", "have the root user's role restored, or disable auth on a copy", carried},
	mvccview.AuthPassword:   {Note, LayerMeanings, "a user without a password", nextNone, carried},
	mvccview.AuthUnknownKey: {Worn, LayerMeanings, "an unknown key in the auth bucket", nextNone, carried},

	mvccview.MemberKey:         {Damaged, LayerMeanings, "a member's key is not an id; etcd and etcdutl die on it", nextOther, 0},
	mvccview.MemberValue:       {Damaged, LayerMeanings, "a member cannot be read; etcd 3.6 and newer die on it", nextRestore, 0},
	mvccview.MemberID:          {Damaged, LayerMeanings, "a member is stored under another id", nextRestore, 0},
	mvccview.MemberRemoved:     {Damaged, LayerMeanings, "a member is also among the removed ones", nextRestore, carried},
	mvccview.MemberNone:        {Damaged, LayerMeanings, "there are no members; etcd 3.6 and newer die on it", nextRestore, carried},
	mvccview.MemberConfState:   {Note, LayerMeanings, "the raft configuration does not name the members: normal after a restore by etcdutl", nextNone, carried},
	mvccview.ConfStateValue:    {Damaged, LayerMeanings, "the raft configuration cannot be read", nextRestore, carried},
	mvccview.ClusterVersion:    {Damaged, LayerMeanings, "the cluster version is not a version; etcd 3.6 and newer die on it", nextOther, carried},
	mvccview.ClusterDowngrade:  {Worn, LayerMeanings, "the downgrade setting cannot be read", nextNone, carried},
	mvccview.ClusterUnknownKey: {Worn, LayerMeanings, "an unknown key in the cluster bucket", nextNone, carried},

	datadir.FileTrailerWrong:   {Damaged, LayerFile, "the sha256 at the end is not that of the content: something in the file has changed", nextSnapshot, hidesKeys | altersHash},
	datadir.FileTrailerMissing: {Worn, LayerFile, "a snapshot without the sha256 it ended with: nothing proves that its values are unchanged", nextRestore, mended},
	datadir.FileTrailerPartial: {Worn, LayerFile, "the file ends within its sha256; the database before it is whole", nextRestore, mended},
	datadir.FileTrailerDoubled: {Worn, LayerFile, "the sha256 stands there twice", nextRestore, mended},
	datadir.FileTrailerJunk:    {Worn, LayerFile, "bytes follow the right sha256", nextRestore, mended},
	datadir.FileCompressed:     {Damaged, LayerFile, "the compressed file around the backup is damaged", nextOther, ofContent},

	datadir.DirDBMissing:  {Damaged, LayerMember, "the member directory has no db", nextWAL, 0},
	datadir.DirWALMissing: {Damaged, LayerMember, "the member directory has no log; etcd would start a new cluster over the old data and lose writes", nextWAL, 0},
	datadir.DirLeftover:   {Note, LayerMember, "a leftover that etcd deletes or has set aside", nextNone, 0},
	datadir.DirIgnored:    {Note, LayerMember, "a file that etcd does not know", nextNone, 0},
	datadir.DirSnapDB:     {Note, LayerMember, "a db received from the leader waits to replace this one", nextNone, 0},

	datadir.WALName:             {Worn, LayerWAL, "a segment's name does not fit its content", nextNone, 0},
	datadir.WALSequence:         {Damaged, LayerWAL, "a segment is missing", nextWAL, 0},
	datadir.WALEmptySegment:     {Damaged, LayerWAL, "a segment has no records", nextWAL, 0},
	datadir.WALFrame:            {Damaged, LayerWAL, "a record's length is impossible; etcd takes it for a torn end and cuts off what follows", nextWAL, 0},
	datadir.WALPadding:          {Worn, LayerWAL, "a record's padding is not what etcd writes", nextNone, 0},
	datadir.WALParse:            {Damaged, LayerWAL, "a record cannot be read; etcd refuses to start on it", nextWAL, 0},
	datadir.WALType:             {Damaged, LayerWAL, "a record of an unknown type", nextWAL, 0},
	datadir.WALCRC:              {Damaged, LayerWAL, "a record does not fit its checksum; etcd refuses to start on it", nextWAL, 0},
	datadir.WALCRCRecord:        {Damaged, LayerWAL, "the checksums of two segments do not continue: one is missing or changed", nextWAL, 0},
	datadir.WALHiddenRecords:    {Damaged, LayerWAL, "records lie behind the place where etcd stops reading; it would erase them", nextWAL, 0},
	datadir.WALTornTail:         {Note, LayerWAL, "the last record was being written when the machine stopped; etcd repairs this", nextNone, 0},
	datadir.WALTailNoise:        {Note, LayerWAL, "bytes behind the end of the log; etcd erases them", nextNone, 0},
	datadir.WALMetadataConflict: {Damaged, LayerWAL, "segments of different members or clusters; etcd refuses to start on them", nextWAL, 0},
	datadir.WALMetadataMissing:  {Damaged, LayerWAL, "the log does not name its member", nextWAL, 0},
	datadir.WALEntryGap:         {Damaged, LayerWAL, "entries are missing from the log", nextWAL, 0},
	datadir.WALTermBack:         {Worn, LayerWAL, "a term goes back", nextNone, 0},
	datadir.WALCommitBeyond:     {Damaged, LayerWAL, "entries are missing that were committed; etcd refuses to start", nextWAL, 0},
	datadir.WALSnapshotConflict: {Damaged, LayerWAL, "two snapshot records contradict each other", nextWAL, 0},
	datadir.WALSnapshotMissing:  {Damaged, LayerWAL, "the log has no snapshot record; etcd 3.7 dies on it", nextWAL, 0},

	datadir.SnapName:  {Worn, LayerMember, "a .snap file's name does not fit its content", nextNone, 0},
	datadir.SnapEmpty: {Worn, LayerMember, "an empty .snap file; etcd sets it aside and takes an older one", nextNone, 0},
	datadir.SnapParse: {Worn, LayerMember, "a .snap file cannot be read; etcd sets it aside and takes an older one", nextNone, 0},
	datadir.SnapCRC:   {Worn, LayerMember, "a .snap file does not fit its checksum; etcd sets it aside and takes an older one", nextNone, 0},

	MemberAheadOfLog:     {Damaged, LayerMember, "the db has applied more than its log holds: a lone member starts, and drops as many new writes without a word", nextWAL, 0},
	MemberBehindSnapshot: {Damaged, LayerMember, "the db is older than the snapshot that its log begins with; etcd refuses to start", nextWAL, 0},
	MemberTerm:           {Worn, LayerMember, "the db's term is not that of its last entry in the log", nextWAL, 0},
	MemberForeignLog:     {Damaged, LayerMember, "the log belongs to another member", nextWAL, 0},
	MemberRemovedSelf:    {Damaged, LayerMember, "this member was removed from its cluster", nextWAL, 0},
	MemberVoters:         {Worn, LayerMember, "the db and the raft log name different members", nextNone, 0},
	MemberSnapMissing:    {Damaged, LayerMember, "the log begins behind a snapshot that no .snap file has; etcd 3.5 and 3.6 refuse to start", nextWAL, 0},
	MemberSnapMembers:    {Worn, LayerMember, "a .snap file names other members than its raft configuration", nextNone, 0},
	MemberSnapUserKeys:   {Worn, LayerMember, "the newest .snap file has keys of the v2 API; etcd 3.6 refuses to start", "remove the v2 keys under etcd 3.5 first", 0},
}
