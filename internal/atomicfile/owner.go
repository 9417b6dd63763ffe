package atomicfile

import (
	"errors"
	"fmt"
	"math"
	"os/user"
	"strconv"
	"strings"
)

// Owner is a numeric user and group.
type Owner struct{ UID, GID int }

// String is "UID:GID".
func (o Owner) String() string { return strconv.Itoa(o.UID) + ":" + strconv.Itoa(o.GID) }

// ParseOwner reads USER, USER:GROUP or UID:GID, each part a name or a number. Without a
// group it is the one that the user logs in with. A name that is all digits is a number,
// unless somebody has it, as for chown. The error tells which part is nobody.
func ParseOwner(text string) (*Owner, error) {
	name, group, grouped := strings.Cut(text, ":")
	if name == "" || grouped && group == "" {
		return nil, fmt.Errorf("owner %q: want USER, USER:GROUP or UID:GID", text)
	}
	uid, gid := name, group
	u, err := user.Lookup(name)
	switch {
	case err == nil:
		uid = u.Uid
	case !grouped:
		if u, err = user.LookupId(name); err != nil {
			return nil, fmt.Errorf("owner %q: no such user here; with numbers it takes both: UID:GID", text)
		}
		uid = u.Uid
	}
	if !grouped {
		gid = u.Gid
	} else if g, err := user.LookupGroup(group); err == nil {
		gid = g.Gid
	}
	o := &Owner{}
	if o.UID, err = parseID(uid); err != nil {
		return nil, fmt.Errorf("owner %q: no user %q here", text, name)
	}
	if o.GID, err = parseID(gid); err != nil {
		return nil, fmt.Errorf("owner %q: no group %q here", text, group)
	}
	return o, nil
}

// parseID reads a numeric id; the largest one means "nobody in particular" to chown.
func parseID(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err == nil && n == math.MaxUint32 {
		err = errors.New("not an id")
	}
	return int(n), err
}

// An OwnerError says that the output cannot be given to the owner who was asked for. It
// comes before anything is written.
type OwnerError struct {
	Owner Owner
	Err   error
}

// Error tells whom and why.
func (e *OwnerError) Error() string { return fmt.Sprintf("give the output to %s: %v", e.Owner, e.Err) }

// Unwrap gives the cause, such as EPERM.
func (e *OwnerError) Unwrap() error { return e.Err }

// mayGive tries at once whether the owner that was asked for can have the staging file:
// at the end of a long run it would be late.
func (p place) mayGive(path string) error {
	if p.owner == nil || p.derived {
		return nil
	}
	if err := p.give(path); err != nil {
		return &OwnerError{Owner: *p.owner, Err: err}
	}
	return nil
}
