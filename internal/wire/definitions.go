package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits of definitions. Those that are embedded are far below.
const (
	maxDefinitions = 16 << 20 // bytes, unpacked
	maxNesting     = 32       // messages defined in one another
)

var (
	errTooLarge = errors.New("definitions are too large")
	errTooDeep  = errors.New("messages are defined in one another too deep")
)

// A File is one file of definitions: what of a FileDescriptorProto is used.
//
// Source of this type and of those below: google/protobuf/descriptor.proto.
type File struct {
	Package  string
	Syntax   string // "proto3", or "" for proto2
	Messages []Message
	Enums    []Enum
}

// A Message is the definition of one message.
type Message struct {
	Name     string // within the file or the message around it
	Fields   []Definition
	Messages []Message // defined in it
	Enums    []Enum    // defined in it
	Options  Options
}

// A Definition is that of one field of a message.
type Definition struct {
	Number   protowire.Number
	Kind     Kind
	Repeated bool
	Required bool // of proto2
	Oneof    bool // one of several of which one is set
	Name     string
	JSONName string
	TypeName string // of messages and enums: the full name behind a dot
	Options  Options
}

// An Enum is the definition of an enum.
type Enum struct {
	Name    string
	Values  []EnumValue // in the order of the file
	Options Options
}

// An EnumValue is one value of an enum.
type EnumValue struct {
	Name    string
	Options Options
}

// Options are the options of a definition as they are written; they alias what was read.
type Options []byte

// ReadDefinitions unpacks and parses a gzipped FileDescriptorSet.
func ReadDefinitions(packed []byte) ([]File, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxDefinitions+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxDefinitions {
		return nil, errTooLarge
	}
	return ParseDefinitions(raw)
}

// ParseDefinitions parses a FileDescriptorSet. What it is not interested in is skipped.
func ParseDefinitions(b []byte) (files []File, err error) {
	err = Fields(b, func(f Field) error {
		if f.Number != 1 {
			return nil
		}
		return appendParsed(f, &files, parseFile)
	})
	return files, err
}

// appendParsed parses what a field holds, behind what is there.
func appendParsed[T any](f Field, all *[]T, parse func([]byte, *T) error) error {
	var b []byte
	if err := f.BytesTo(&b); err != nil {
		return err
	}
	var one T
	if err := parse(b, &one); err != nil {
		return err
	}
	*all = append(*all, one)
	return nil
}

func parseFile(b []byte, file *File) error {
	return Fields(b, func(f Field) error {
		switch f.Number {
		case 2:
			return f.textTo(&file.Package)
		case 4:
			return appendParsed(f, &file.Messages, messageParser(0))
		case 5:
			return appendParsed(f, &file.Enums, parseEnum)
		case 12:
			return f.textTo(&file.Syntax)
		}
		return nil
	})
}

// messageParser parses messages that are defined within that many others.
func messageParser(depth int) func([]byte, *Message) error {
	return func(b []byte, m *Message) error {
		if depth > maxNesting {
			return errTooDeep
		}
		return Fields(b, func(f Field) error {
			switch f.Number {
			case 1:
				return f.textTo(&m.Name)
			case 2:
				return appendParsed(f, &m.Fields, parseDefinition)
			case 3:
				return appendParsed(f, &m.Messages, messageParser(depth+1))
			case 4:
				return appendParsed(f, &m.Enums, parseEnum)
			case 7:
				return f.BytesTo((*[]byte)(&m.Options))
			}
			return nil
		})
	}
}

func parseDefinition(b []byte, d *Definition) error {
	var number, label, kind uint64
	err := Fields(b, func(f Field) error {
		switch f.Number {
		case 1:
			return f.textTo(&d.Name)
		case 3:
			return f.VarintTo(&number)
		case 4:
			return f.VarintTo(&label)
		case 5:
			return f.VarintTo(&kind)
		case 6:
			return f.textTo(&d.TypeName)
		case 8:
			return f.BytesTo((*[]byte)(&d.Options))
		case 9:
			d.Oneof = true
		case 10:
			return f.textTo(&d.JSONName)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if number < uint64(protowire.MinValidNumber) || number > uint64(protowire.MaxValidNumber) {
		return fmt.Errorf("%s: field number %d", d.Name, number)
	}
	if kind < uint64(KindDouble) || kind > uint64(KindSint64) {
		return fmt.Errorf("%s: kind %d", d.Name, kind)
	}
	d.Number, d.Kind = protowire.Number(number), Kind(kind)
	d.Required, d.Repeated = label == 2, label == 3
	return nil
}

func parseEnum(b []byte, e *Enum) error {
	return Fields(b, func(f Field) error {
		switch f.Number {
		case 1:
			return f.textTo(&e.Name)
		case 2:
			return appendParsed(f, &e.Values, parseEnumValue)
		case 3:
			return f.BytesTo((*[]byte)(&e.Options))
		}
		return nil
	})
}

func parseEnumValue(b []byte, v *EnumValue) error {
	return Fields(b, func(f Field) error {
		switch f.Number {
		case 1:
			return f.textTo(&v.Name)
		case 3:
			return f.BytesTo((*[]byte)(&v.Options))
		}
		return nil
	})
}

// Varint is the option with a number, 0 where it is not there or no number.
func (o Options) Varint(number protowire.Number) (v uint64) {
	_ = Fields(o, func(f Field) error { // parsed as far as it can be
		if f.Number == number && f.Type == protowire.VarintType {
			v = f.Uint
		}
		return nil
	})
	return v
}

// Text is the option with a number, "" where it is not there or no text.
func (o Options) Text(number protowire.Number) (text string) {
	_ = Fields(o, func(f Field) error { // parsed as far as it can be
		if f.Number == number && f.Type == protowire.BytesType {
			text = string(f.Data)
		}
		return nil
	})
	return text
}

// textTo stores a copy of a text.
func (f Field) textTo(dst *string) error {
	var b []byte
	err := f.BytesTo(&b)
	*dst = string(b)
	return err
}
