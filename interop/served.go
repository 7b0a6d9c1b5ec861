package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxBytes   = 1 << 25 // a bundle has at most 256 entries of 65,535 bytes and their lengths
)

// served is a log under a URL, as c2sp.org/tlog-tiles lays it out.
type served struct {
	url    string
	client http.Client
}

func (served *served) get(path string) ([]byte, error) {
	served.client.Timeout = time.Minute
	answer, err := served.client.Get(served.url + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxBytes+1))
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s is too long", path)
	}
	return data, err
}

// Height, ReadTiles and SaveTiles make served a tlog.TileReader, whose tiles tlog holds against the root.
func (served *served) Height() int { return tileHeight }

func (served *served) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := served.get(c2spPath(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (served *served) SaveTiles([]tlog.Tile, [][]byte) {}

func (served *served) hashes(tree tlog.Tree) tlog.HashReader {
	return tlog.TileHashReader(tree, served)
}

// c2spPath leaves out the height, which Go's own logs have in their paths and C2SP's have not.
func c2spPath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}

// checkEntries recomputes the tree from the entries, and holds each of them against the authenticated tiles.
func (served *served) checkEntries(tree tlog.Tree) error {
	var rebuilt memory
	reader := served.hashes(tree)
	for first := int64(0); first < tree.N; first += tileWidth {
		count := tree.N - first
		if count > tileWidth {
			count = tileWidth
		}
		bundle := tlog.Tile{H: tileHeight, L: 0, N: first / tileWidth, W: int(count)}
		path := "tile/entries" + strings.TrimPrefix(c2spPath(bundle), "tile/0")
		data, err := served.get(path)
		if err != nil {
			return err
		}
		var indexes []int64
		var leaves []tlog.Hash
		for n := int64(0); n < count; n++ {
			entry, rest, err := nextEntry(data)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			data = rest
			leaves = append(leaves, tlog.RecordHash(entry))
			indexes = append(indexes, tlog.StoredHashIndex(0, first+n))
		}
		if len(data) != 0 {
			return fmt.Errorf("%s: %d bytes too many", path, len(data))
		}
		stored, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for n, leaf := range leaves {
			if leaf != stored[n] {
				return fmt.Errorf("entry %d does not hash to its leaf", first+int64(n))
			}
			if err := rebuilt.append(first+int64(n), leaf); err != nil {
				return err
			}
		}
	}
	root, err := tlog.TreeHash(tree.N, &rebuilt)
	if err == nil && root != tree.Hash && tree.N != 0 {
		err = errors.New("the entries have another root")
	}
	return err
}

// nextEntry splits the first entry off a bundle.
func nextEntry(data []byte) (entry, rest []byte, err error) {
	if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
		return nil, nil, errors.New("the bundle ends within an entry")
	}
	end := 2 + int(binary.BigEndian.Uint16(data))
	return data[2:end], data[end:], nil
}

// memory is the hashes of a tree in the order in which package tlog stores them.
type memory []tlog.Hash

func (memory *memory) append(n int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, memory)
	*memory = append(*memory, hashes...)
	return err
}

func (memory *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		hashes = append(hashes, (*memory)[index])
	}
	return hashes, nil
}
