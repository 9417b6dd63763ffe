package k8s

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

const secretJSON = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"old","namespace":"shop","annotations":{"` + lastApplied +
	`":"{\"apiVersion\":\"v1\",\"data\":{\"password\":\"aHVudGVyMi10b3A=\"},\"kind\":\"Secret\"}\n"}},"data":{"password":"aHVudGVyMi10b3A=","user":"cm9vdC1vZi1hbGw="},"type":"Opaque"}`

const secretKey = "/registry/secrets/shop/db"

// checkHidden fails if anything that may be shown of a value has a secret.
func checkHidden(t *testing.T, d *Decoder, value []byte) {
	t.Helper()
	v, err := d.Decode(value)
	v.Redact([]byte(secretKey))
	text := string(AppendJSON(nil, v.Object)) + v.Reason + strings.Join(v.Notes, "\n")
	if err != nil {
		text += err.Error()
	}
	for _, s := range []string{"hunter2", "aHVudGVyMi", "root-of-all", "cm9vdC1vZi1hbGw"} {
		if strings.Contains(text, s) {
			t.Fatalf("%q is shown of %q: %.900q", s, value, text)
		}
	}
}

// No byte of a Secret that became another shows what is in it: neither as an
// object, nor as the reason that there is none.
func TestDamagedSecretsStaySecret(t *testing.T) {
	var d Decoder
	for _, secret := range [][]byte{read(t, "testdata/secret.pb"), []byte(secretJSON)} {
		for i := range secret {
			checkHidden(t, &d, secret[:i])
			for _, x := range []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x18, 0x20, 0x40, 0x80, 0xff, secret[i], byte(i%254 + 1)} {
				value := bytes.Clone(secret)
				value[i] ^= x
				checkHidden(t, &d, value)
			}
		}
	}
}

func FuzzDamagedSecret(f *testing.F) {
	f.Add(uint64(1), uint8(2))
	secrets := [][]byte{read(f, "testdata/secret.pb"), []byte(secretJSON)}
	var d Decoder
	f.Fuzz(func(t *testing.T, seed uint64, changes uint8) {
		random := rand.New(rand.NewPCG(seed, 0))
		value := bytes.Clone(secrets[seed%2])
		for range changes % 8 {
			value[random.IntN(len(value))] = byte(random.Uint32())
		}
		checkHidden(t, &d, value)
	})
}
