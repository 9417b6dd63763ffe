package main

import "boltvet/internal/rewrite"

// sealCommand is `boltvet seal SRC DST`.
func sealCommand() *command {
	return &command{
		name: "seal", args: "SRC DST",
		short: "a copy with the sha256 trailer that a restore checks",
		about: `Verifies SRC, all layers, and copies its db byte for byte to the new file DST (- for
standard output) with the sha256 of these bytes behind it, so that "etcdutl snapshot
restore" takes it without --skip-hash-check. Of the db of a member, what lies behind the
high water mark is left out.

A damaged SRC is refused (3): its seal would say that nothing has changed, and hide that
something had. With --force the copy is made and sealed all the same, with exit code 3.

The seal proves that DST has not changed since. It does not prove that the values in SRC
were right when it was sealed: a value can be damaged without a trace where no sha256 was.`,
		flags: forcesDamage(rewriteFlags()),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: 2,
		inputs: rewriteInputs,
		examples: []example{
			{"boltvet seal /var/lib/etcd copy.db", "a snapshot of a stopped member"},
			{"boltvet seal db.copy snapshot.db", "of a copied db"},
		},
		run: runSeal,
	}
}

func runSeal(c *call) (answer, error) {
	a, err := runRewrite(c, rewrite.Seal, c.isSet("force"))
	if err == nil && a.code() == exitOK && !c.isSet("dry-run") {
		c.note("the seal proves that the file has not changed since now, not that its values were right before")
	}
	return a, err
}
