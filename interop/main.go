// Tlogverify checks a served log, its proofs and its growth with the Go project's own packages for transparency
// logs. It shares no code with Affidavit: what both accept, two implementations read alike.
//
//	tlogverify -key FILE log URL [EARLIER...]       every entry and tile of the log below URL; that it extends each EARLIER checkpoint
//	tlogverify -key FILE proof PROOF [ENTRY]        a .tlog-proof file and the entry that it proves, or holds
//	tlogverify -key FILE consistency EARLIER LATER HASHES   two checkpoints and the proof that joins them, {"hashes": [base64...]}
//
// FILE holds verifier keys, one a line. Keys for signatures that golang.org/x/mod does not know (ML-DSA-44) are
// passed over and counted. -witness FILE names keys of witnesses; each of them must have cosigned.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	keys := flag.String("key", "", "file with the log's verifier keys")
	witnesses := flag.String("witness", "", "file with the witnesses' verifier keys")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: tlogverify -key FILE [-witness FILE] log URL [EARLIER...] | proof PROOF [ENTRY] | consistency EARLIER LATER HASHES")
	}
	flag.Parse()
	if err := run(*keys, *witnesses, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "tlogverify:", err)
		os.Exit(1)
	}
}

func run(keys, witnesses string, words []string) error {
	trusted, err := readTrusted(keys, witnesses)
	if err != nil {
		return err
	}
	switch {
	case len(words) >= 2 && words[0] == "log":
		return checkLog(trusted, words[1], words[2:])
	case len(words) == 2 && words[0] == "proof":
		return checkProofFile(trusted, words[1], "")
	case len(words) == 3 && words[0] == "proof":
		return checkProofFile(trusted, words[1], words[2])
	case len(words) == 4 && words[0] == "consistency":
		return checkConsistency(trusted, words[1], words[2], words[3])
	}
	flag.Usage()
	return errors.New("no such command")
}

// checkLog reads everything that the log serves.
func checkLog(trusted *trusted, url string, earlier []string) error {
	served := &served{url: strings.TrimSuffix(url, "/") + "/"}
	note, err := served.get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := trusted.open(note)
	if err != nil {
		return err
	}
	if err := served.checkEntries(tree); err != nil {
		return err
	}
	for _, file := range earlier {
		old, err := trusted.openFile(file)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, old.N, served.hashes(tree))
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("the log does not extend %s: %w", file, err)
		}
		fmt.Printf("extends %d entries\n", old.N)
	}
	fmt.Printf("verified %d entries, root %s\n", tree.N, tree.Hash)
	return nil
}

// checkConsistency believes nothing of the server but two signed checkpoints.
func checkConsistency(trusted *trusted, earlier, later, file string) error {
	old, err := trusted.openFile(earlier)
	if err != nil {
		return err
	}
	tree, err := trusted.openFile(later)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var said struct{ Hashes [][]byte }
	if err := json.Unmarshal(data, &said); err != nil {
		return err
	}
	proof, err := toHashes(said.Hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("%s does not extend %s: %w", later, earlier, err)
	}
	fmt.Printf("verified: %d entries extend %d\n", tree.N, old.N)
	return nil
}

func toHashes(values [][]byte) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, value := range values {
		var hash tlog.Hash
		if copy(hash[:], value) != tlog.HashSize || len(value) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(value))
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
