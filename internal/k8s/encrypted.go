package k8s

import (
	"bytes"
	"strings"
)

// encryptedMark is how a value begins that the API server encrypted:
// k8s:enc:PROVIDER:VERSION:KEY: and the ciphertext.
// Source: Kubernetes 1.37, staging/src/k8s.io/apiserver
// pkg/server/options/encryptionconfig/config.go.
var encryptedMark = []byte("k8s:enc:")

// provider names what encrypted a value: "aescbc v1, key key1", "kms v2, key
// vault". Parts that are not there, or that are not plain words, are left out.
func provider(value []byte) string {
	head := value[len(encryptedMark):min(len(value), 256)]
	parts := bytes.SplitN(head, []byte(":"), 4)
	var words []string
	for i, label := range []string{"", "", "key "} {
		// The last part is the ciphertext, or cut off.
		if i >= len(parts)-1 || !plainWord(parts[i]) {
			break
		}
		words = append(words, label+string(parts[i]))
	}
	switch len(words) {
	case 0:
		return "by an unknown provider"
	case 1:
		return words[0]
	}
	return strings.Join(append([]string{words[0] + " " + words[1]}, words[2:]...), ", ")
}

// plainWord tells whether a part of the head is a name and no ciphertext.
func plainWord(b []byte) bool {
	return len(b) > 0 && len(b) <= 253 && bytes.IndexFunc(b, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
}
