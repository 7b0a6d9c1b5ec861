package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// proof is the content of a c2sp.org/tlog-proof file.
type proof struct {
	index      int64
	hashes     []tlog.Hash
	extra      []byte // no signature covers it; Affidavit puts the entry there, which hashes to what is proven
	checkpoint []byte
}

// checkProofFile checks a proof of the entry in entryFile, or, without one, of the entry in the proof.
func checkProofFile(trusted *trusted, proofFile, entryFile string) error {
	data, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	proof, err := parseProof(data)
	if err != nil {
		return err
	}
	entry := proof.extra
	if entryFile != "" {
		if entry, err = os.ReadFile(entryFile); err != nil {
			return err
		}
	}
	tree, err := trusted.open(proof.checkpoint)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof.hashes, tree.N, tree.Hash, proof.index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("verified: entry %d of %d\n", proof.index, tree.N)
	return nil
}

func parseProof(data []byte) (proof proof, err error) {
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return proof, errors.New("not a tlog-proof")
	}
	proof.checkpoint = checkpoint
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if proof.extra, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[0], "extra ")); err != nil {
			return proof, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return proof, errors.New("the proof names no index")
	}
	if proof.index, err = strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64); err != nil {
		return proof, err
	}
	var values [][]byte
	for _, line := range lines[1:] {
		value, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return proof, err
		}
		values = append(values, value)
	}
	proof.hashes, err = toHashes(values)
	return proof, err
}
