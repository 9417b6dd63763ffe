package rewrite

import (
	"context"
	"errors"
	"testing"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A forger is a loader that changes the value of one element on its way to another.
type forger struct {
	bolt.Loader
	puts, at int
}

func (l *forger) Put(key, value []byte) error {
	if l.puts++; l.puts == l.at {
		value = append([]byte("x"), value...)
	}
	return l.Loader.Put(key, value)
}

// TestProofFindsAnotherContent has an element change between the reading and the writing, where
// every page is sound and only the hash can tell.
func TestProofFindsAnotherContent(t *testing.T) {
	path := rich(t)
	for name, prepare := range map[string]func(*job){
		"defrag": func(*job) {},
		"stamp":  func(j *job) { j.stamp = &stamp{version: "3.6.0"} },
		"compact": func(j *job) {
			_, last := limitsOf(t, path)
			j.keep = &selection{rev: last, table: mvccview.NewKeyTable(last), below: newBelowTable(last)}
		},
	} {
		for _, at := range []int{0, 1, 50} { // 0: none, and so no error
			j, err := begin(resolve(t, path), output(t), Options{})
			if err != nil {
				t.Fatal(err)
			}
			err = forge(t.Context(), j, prepare, at)
			if wrong := (*ProofError)(nil); errors.As(err, &wrong) != (at > 0) || at == 0 && err != nil {
				t.Errorf("%s, element %d: %v", name, at, err)
			}
			j.close()
		}
	}
}

// forge runs a job whose writer gets another element.
func forge(ctx context.Context, j *job, prepare func(*job), at int) error {
	prepare(j)
	err := j.besideTrailer(ctx, func(ctx context.Context) error {
		feed := j.check
		if j.keep != nil {
			if _, err := j.plan(ctx, true); err != nil {
				return err
			}
			feed = j.feed
		}
		return j.write(ctx, nil, func(ctx context.Context, to bolt.Loader) error {
			return feed(ctx, &forger{Loader: to, at: at})
		})
	})
	if err == nil {
		_, err = j.finish(ctx)
	}
	return err
}
