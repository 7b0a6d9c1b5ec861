package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	typeEd25519     = 1
	typeCosignature = 4
)

// trusted is whose signatures count.
type trusted struct {
	log       []note.Verifier
	witnesses []note.Verifier
	passed    int // keys of types that are not known here
}

func readTrusted(keys, witnesses string) (*trusted, error) {
	trusted := &trusted{}
	lines, err := readLines(keys)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		switch kind := keyType(line); kind {
		case typeEd25519:
			verifier, err := note.NewVerifier(line)
			if err != nil {
				return nil, err
			}
			trusted.log = append(trusted.log, verifier)
		default:
			trusted.passed++
		}
	}
	if len(trusted.log) == 0 {
		return nil, errors.New("no Ed25519 key of the log")
	}
	if witnesses == "" {
		return trusted, nil
	}
	if lines, err = readLines(witnesses); err != nil {
		return nil, err
	}
	for _, line := range lines {
		witness, err := newCosigner(line)
		if err != nil {
			return nil, err
		}
		trusted.witnesses = append(trusted.witnesses, witness)
	}
	return trusted, nil
}

func readLines(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	return strings.Fields(string(data)), err
}

// keyType is the signature type of a verifier key, 0 where it has none.
func keyType(vkey string) byte {
	parts := strings.SplitN(vkey, "+", 3)
	data, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(data) == 0 {
		return 0
	}
	return data[0]
}

func (trusted *trusted) openFile(file string) (tlog.Tree, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return tlog.Tree{}, err
	}
	return trusted.open(data)
}

// open returns the tree of a checkpoint that the log and all witnesses have signed.
func (trusted *trusted) open(data []byte) (tlog.Tree, error) {
	all := append(append([]note.Verifier{}, trusted.log...), trusted.witnesses...)
	opened, err := note.Open(data, note.VerifierList(all...))
	if err != nil {
		return tlog.Tree{}, err
	}
	for _, verifier := range all {
		if !signed(opened, verifier) {
			return tlog.Tree{}, fmt.Errorf("%s did not sign", verifier.Name())
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return tlog.Tree{}, errors.New("a checkpoint has three lines")
	}
	if lines[0] != trusted.log[0].Name() {
		return tlog.Tree{}, fmt.Errorf("a checkpoint of %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("a size of %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func signed(opened *note.Note, verifier note.Verifier) bool {
	for _, signature := range opened.Sigs {
		if signature.Name == verifier.Name() && signature.Hash == verifier.KeyHash() {
			return true
		}
	}
	return false
}

// cosigner checks the signatures of c2sp.org/tlog-cosignature with Ed25519, which note.NewVerifier does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("a witness's key has three parts")
	}
	id, err := hex.DecodeString(parts[1])
	if err != nil || len(id) != 4 {
		return nil, errors.New("a witness's key id has four bytes")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != typeCosignature {
		return nil, errors.New("a witness's key has 33 bytes, the first of them 4")
	}
	if sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...)); !bytes.Equal(sum[:4], id) {
		return nil, errors.New("a witness's key id does not belong to its key")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(id), typed[1:]}, nil
}

func (cosigner *cosigner) Name() string    { return cosigner.name }
func (cosigner *cosigner) KeyHash() uint32 { return cosigner.hash }

func (cosigner *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
	return ed25519.Verify(cosigner.key, message, signature[8:])
}
