// Package verify judges etcd backups: it runs the layered checks, grades the faults
// that the lower floors state, and gives a verdict.
//
// A fault is a fact in the coordinates of the package that found it (bolt, mvccview,
// datadir); it says nothing of how bad it is. The table in rules.go alone says that,
// and what to do next. Commands that check less than verify does, such as status,
// grade what they find with the same table.
package verify
