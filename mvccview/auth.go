package mvccview

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// Keys of bucket "auth", and the name of the user and the role that auth
// cannot be enabled without.
// Source: etcd 3.7 server/storage/schema/bucket.go, server/auth/store.go.
const (
	authEnabledKey  = "authEnabled"
	authRevisionKey = "authRevision"
	authRoot        = "root"
)

// maxRoles bounds the role names that are kept, and the references to them; a
// store with more is not checked for references that lead nowhere.
const maxRoles = 4096

// Auth is what buckets "auth", "authUsers" and "authRoles" say.
type Auth struct {
	Enabled     Maybe[bool]   // absent until auth is enabled for the first time
	Revision    Maybe[uint64] // number of the last change of auth, from 1
	Users       int64         // users that parse
	Roles       int64         // roles that parse
	UnknownKeys int           // keys of bucket "auth" that no release writes
	roleNames   []string      // in key order, cut at 256 bytes
	references  []reference   // role names that users hold, each once
	tooMany     bool          // more than maxRoles of either
	rootHasRoot bool          // user root holds role root
}

// A reference is the name of a role and the first user who holds it.
type reference struct{ role, user string }

// RoleNames are the names of the roles in ascending order, the first 4096 and
// each cut at 256 bytes; the slice belongs to a.
func (a *Auth) RoleNames() []string { return a.roleNames }

// parse takes one element of bucket "auth" in.
func (a *Auth) parse(e *entry) {
	switch string(e.key) {
	case authEnabledKey:
		// etcd takes exactly the byte 1 for yes, and everything else for no.
		a.Enabled = some(bytes.Equal(e.value, []byte{1}))
		if !a.Enabled.Value && !bytes.Equal(e.value, []byte{0}) {
			e.fault(AuthValue, strconv.Itoa(len(e.value))+" bytes", "one byte, 0 or 1")
		}
	case authRevisionKey:
		if len(e.value) != 8 {
			e.fault(AuthValue, strconv.Itoa(len(e.value))+" bytes", "8 bytes")
			return
		}
		a.Revision = some(binary.BigEndian.Uint64(e.value))
	default:
		a.UnknownKeys++
		e.fault(AuthUnknownKey, "", "authEnabled or authRevision")
	}
}

// parseUser takes one element of bucket "authUsers" in.
func (a *Auth) parseUser(e *entry) {
	u, err := ParseUser(e.value)
	if f, ok := err.(Fault); ok {
		e.fault(f.Kind, f.Got, f.Want)
		return
	}
	if !bytes.Equal(u.Name, e.key) {
		e.fault(AuthName, quoteClipped(u.Name), "the key")
	}
	if !u.HasPassword && !u.NoPassword {
		e.fault(AuthPassword, "no password", "a password, or the option no_password")
	}
	a.Users++
	for _, role := range u.Roles {
		a.refer(reference{role: string(clipKey(role)), user: string(clipKey(e.key))})
		if string(role) == authRoot && string(e.key) == authRoot {
			a.rootHasRoot = true
		}
	}
}

// refer keeps one reference per role: thousands of users share few roles. The
// references are sorted by role.
func (a *Auth) refer(r reference) {
	i, found := slices.BinarySearchFunc(a.references, r, func(a, b reference) int {
		return strings.Compare(a.role, b.role)
	})
	switch {
	case found:
	case len(a.references) >= maxRoles:
		a.tooMany = true
	default:
		a.references = slices.Insert(a.references, i, r)
	}
}

// addRoles keeps names, which come in ascending order.
func (a *Auth) addRoles(names ...string) {
	room := min(len(names), maxRoles-len(a.roleNames))
	a.roleNames = append(a.roleNames, names[:room]...)
	a.tooMany = a.tooMany || room < len(names)
}

// parseRole takes one element of bucket "authRoles" in.
func (a *Auth) parseRole(e *entry) {
	// A role exists for etcd by its key, whether its value parses or not.
	a.addRoles(string(clipKey(e.key)))
	r, err := ParseRole(e.value)
	if f, ok := err.(Fault); ok {
		e.fault(f.Kind, f.Got, f.Want)
		return
	}
	if !bytes.Equal(r.Name, e.key) {
		e.fault(AuthName, quoteClipped(r.Name), "the key")
	}
	a.Roles++
}

func (a *Auth) merge(o *Auth) {
	a.Enabled.absorb(o.Enabled)
	a.Revision.absorb(o.Revision)
	a.Users += o.Users
	a.Roles += o.Roles
	a.UnknownKeys += o.UnknownKeys
	a.tooMany = a.tooMany || o.tooMany
	a.addRoles(o.roleNames...)
	for _, r := range o.references {
		a.refer(r)
	}
	a.rootHasRoot = a.rootHasRoot || o.rootHasRoot
}

// check reports what only the three buckets together show.
func (a *Auth) check(report func(Fault)) {
	for _, r := range a.references {
		if a.tooMany {
			break
		}
		if _, found := slices.BinarySearch(a.roleNames, r.role); !found {
			f := newFault(AuthReference, "role "+quoteClipped([]byte(r.role)), "a role that exists")
			f.Bucket, f.Key = BucketAuthUsers, clipKey([]byte(r.user))
			report(f)
		}
	}
	_, rootRole := slices.BinarySearch(a.roleNames, authRoot)
	if a.Enabled.Value && !(a.rootHasRoot && (rootRole || a.tooMany)) {
		f := newFault(AuthRoot, "auth enabled, no user root with role root", "a user root with role root")
		f.Bucket = BucketAuth
		report(f)
	}
}
