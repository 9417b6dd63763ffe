package main

import "boltvet/internal/atomicfile"

// ownerFlag is for the commands that write files which etcd is to read.
func ownerFlag() flag {
	return flag{name: "owner", kind: textFlag, arg: "USER[:GROUP]",
		usage: "who gets what is written, by name or UID:GID; for root the default is the owner of what is replaced, or of the directory around it"}
}

// owner reads --owner; nil without it.
func (c *call) owner() (*atomicfile.Owner, error) {
	text := c.text("owner")
	if text == "" {
		return nil, nil
	}
	o, err := atomicfile.ParseOwner(text)
	if err != nil {
		return nil, c.usage("--owner: "+err.Error(), "")
	}
	return o, nil
}
