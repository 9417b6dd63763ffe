package mvccview

import (
	"unicode/utf8"
)

// A User is one user of bucket "authUsers". The password is never kept.
// Source: etcd 3.7 api/authpb/auth.proto.
type User struct {
	Name        []byte // alias of the bytes parsed
	HasPassword bool
	NoPassword  bool     // the user may only come with a certificate
	Roles       [][]byte // names, aliases of the bytes parsed
}

// ParseUser parses a value of bucket "authUsers", accepting what
// proto.Unmarshal accepts. The error is a [Fault] of kind AuthValue.
func ParseUser(b []byte) (User, error) {
	var u User
	err := walkFields(b, func(f wireField) error {
		switch {
		case f.isBytes(1):
			u.Name = f.Bytes
		case f.isBytes(2):
			u.HasPassword = len(f.Bytes) > 0
		case f.isBytes(3):
			if !utf8.Valid(f.Bytes) {
				return errUTF8
			}
			u.Roles = append(u.Roles, f.Bytes)
		case f.isBytes(4):
			return walkFields(f.Bytes, func(o wireField) error {
				if o.isVarint(1) {
					u.NoPassword = o.Num != 0
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return User{}, unparseable(AuthValue, len(b), "an authpb.User", err)
	}
	return u, nil
}

// A PermissionType is what a permission allows.
type PermissionType int32

// The types of permission of etcd.
const (
	PermissionRead PermissionType = iota
	PermissionWrite
	PermissionReadWrite
)

// A Permission is one range of keys that a role opens. Key and RangeEnd alias
// the bytes parsed; an empty RangeEnd means the one key.
type Permission struct {
	Type          PermissionType
	Key, RangeEnd []byte
}

// A Role is one role of bucket "authRoles".
type Role struct {
	Name        []byte // alias of the bytes parsed
	Permissions []Permission
}

// ParseRole parses a value of bucket "authRoles", accepting what
// proto.Unmarshal accepts. The error is a [Fault] of kind AuthValue.
func ParseRole(b []byte) (Role, error) {
	var r Role
	err := walkFields(b, func(f wireField) error {
		switch {
		case f.isBytes(1):
			r.Name = f.Bytes
		case f.isBytes(2):
			p, err := parsePermission(f.Bytes)
			r.Permissions = append(r.Permissions, p)
			return err
		}
		return nil
	})
	if err != nil {
		return Role{}, unparseable(AuthValue, len(b), "an authpb.Role", err)
	}
	return r, nil
}

func parsePermission(b []byte) (Permission, error) {
	var p Permission
	err := walkFields(b, func(f wireField) error {
		switch {
		case f.isVarint(1):
			p.Type = PermissionType(int32(f.Num))
		case f.isBytes(2):
			p.Key = f.Bytes
		case f.isBytes(3):
			p.RangeEnd = f.Bytes
		}
		return nil
	})
	return p, err
}
