package bolt

// PageClass says what a page is to the tree that a walk starts from.
type PageClass uint8

// The classes of pages. The last two stand for a run: of pages, or of bytes that are none.
const (
	ClassMeta         PageClass = iota // page 0 or 1
	ClassFreelist                      // of the persisted freelist, overflow included
	ClassBranch                        // the first page of a branch in use
	ClassLeaf                          // the first page of a leaf in use
	ClassOverflow                      // a further page of a branch or leaf in use
	ClassDamaged                       // something in use points here, but it cannot be read
	ClassFree                          // listed in the persisted freelist
	ClassUnreachable                   // neither in use nor listed as free: leaked
	ClassFreeOrLeaked                  // not in use, and no freelist to tell which
	ClassMissing                       // below the high water mark, but not in the file, or not all of it
	ClassTail                          // bytes of the file behind the high water mark
	pageClassEnd
)

var pageClassNames = [...]string{"meta", "freelist", "branch", "leaf", "overflow", "damaged", "free", "unreachable",
	"free_or_leaked", "missing", "tail"}

// String is the stable word of the class, such as "free_or_leaked".
func (k PageClass) String() string {
	if k < pageClassEnd {
		return pageClassNames[k]
	}
	return "unknown"
}

// InUse tells whether the live tree, the freelist or the metas have such a page.
func (k PageClass) InUse() bool { return k <= ClassDamaged }

// PageClasses lists all classes in the order of declaration.
func PageClasses() []PageClass {
	classes := make([]PageClass, 0, pageClassEnd)
	for k := range pageClassEnd {
		classes = append(classes, k)
	}
	return classes
}
