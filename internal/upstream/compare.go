package upstream

import (
	"fmt"
	"strings"
)

// An Opinion is what one upstream tool says about a file, held against what we
// say. A report prints it as it is.
type Opinion struct {
	Tool     string `json:"tool"`     // "bbolt 1.5.0"
	Question string `json:"question"` // "bolt-check", "hashkv 120"
	Outcome  string `json:"outcome"`  // see Outcome.String
	// Agrees is nil where there is nothing to agree about: the tool crashed on a
	// file that we call damaged, was stopped at a limit, or answered a question
	// that we have no answer to.
	Agrees *bool  `json:"agrees"`
	Text   string `json:"text"` // one printable line
}

// Ours is what we found out about the file that the tools were asked about.
type Ours struct {
	// Damaged tells that a fault was found that upstream code could see: in the
	// bolt file's metas, freelist, pages, order or buckets, or in the form of
	// revisions. Not so a wrong trailer, and what only the MVCC rules forbid.
	Damaged bool
	// Status is our answer to SnapshotStatus; nil if we have none. Size is not
	// compared, nor is Version.
	Status *Status
	// HashKV is our answer to HashKV at the revision that was asked about; nil
	// if we have none.
	HashKV *Hash
}

// Compare holds each answer against ours and returns one opinion for each, in
// the order of the answers.
//
// Both sides' numbers, where there are, decide. Else it is whether the tool
// finds fault with the file as we do: one that finds none in a damaged file
// disagrees, and so does one that refuses or crashes on a file that we call
// undamaged.
func Compare(ours Ours, answers []Answer) []Opinion {
	opinions := make([]Opinion, 0, len(answers))
	for _, a := range answers {
		o := Opinion{Tool: a.Tool, Question: a.Question.String(), Outcome: a.Outcome.String()}
		switch {
		case a.Outcome != Answered:
			o.Agrees, o.Text = ours.judgeDeath(a)
		case a.Refused():
			o.Agrees, o.Text = agreement(ours.Damaged), a.complaint()
		default:
			o.Agrees, o.Text = ours.judgeReply(a)
		}
		opinions = append(opinions, o)
	}
	return opinions
}

// judgeDeath judges a tool that came to no end. A limit says nothing about the
// file: the tool may merely need more.
func (ours Ours) judgeDeath(a Answer) (*bool, string) {
	if a.Outcome == Crashed && !ours.Damaged {
		return agreement(false), a.Death
	}
	return nil, a.Death
}

// judgeReply judges a tool that found no fault.
func (ours Ours) judgeReply(a Answer) (*bool, string) {
	switch {
	case a.Status != nil && ours.Status != nil:
		return judgeNumbers([]number{
			{"hash", "%08x", a.Status.Hash, ours.Status.Hash},
			{"revision", "%d", a.Status.Revision, ours.Status.Revision},
			{"total keys", "%d", a.Status.TotalKeys, ours.Status.TotalKeys},
		})
	case a.HashKV != nil && ours.HashKV != nil:
		return judgeNumbers([]number{
			{"hash", "%08x", a.HashKV.Hash, ours.HashKV.Hash},
			{"revision", "%d", a.HashKV.Revision, ours.HashKV.Revision},
			{"compact revision", "%d", a.HashKV.CompactRevision, ours.HashKV.CompactRevision},
		})
	case a.HashKV != nil: // a hash of whatever could be read says nothing about damage
		return nil, fmt.Sprintf("hash %08x, revision %d; nothing of ours to compare", a.HashKV.Hash, a.HashKV.Revision)
	case ours.Damaged:
		return agreement(false), "finds no fault"
	}
	return agreement(true), "finds no fault"
}

// A number is one that both sides have.
type number struct {
	name, form   string
	theirs, ours any
}

func judgeNumbers(numbers []number) (*bool, string) {
	var same, other []string
	for _, n := range numbers {
		theirs := fmt.Sprintf(n.form, n.theirs)
		if n.theirs == n.ours {
			same = append(same, n.name+" "+theirs)
			continue
		}
		other = append(other, fmt.Sprintf("%s %s, ours "+n.form, n.name, theirs, n.ours))
	}
	if len(other) > 0 {
		return agreement(false), strings.Join(other, "; ")
	}
	return agreement(true), strings.Join(same, ", ")
}

// complaint is the fault that a tool found, in one line.
func (a Answer) complaint() string {
	switch {
	case a.Error != "":
		return a.Error
	case a.MessageCount > 1 && len(a.Messages) > 0:
		return fmt.Sprintf("%s (and %d more)", a.Messages[0], a.MessageCount-1)
	}
	return strings.Join(a.Messages, "; ")
}

func agreement(yes bool) *bool { return &yes }
