package mvccview

import "strconv"

// An AlarmType is the reason of an alarm.
// Source: etcd 3.7 api/etcdserverpb/rpc.proto (AlarmType).
type AlarmType int32

// The alarms of etcd.
const (
	AlarmTypeNone    AlarmType = 0
	AlarmTypeNoSpace AlarmType = 1 // the quota was reached: etcd refuses writes
	AlarmTypeCorrupt AlarmType = 2 // members disagree: etcd refuses writes
)

// String is etcd's name of the alarm.
func (t AlarmType) String() string {
	switch t {
	case AlarmTypeNone:
		return "NONE"
	case AlarmTypeNoSpace:
		return "NOSPACE"
	case AlarmTypeCorrupt:
		return "CORRUPT"
	}
	return strconv.Itoa(int(t))
}

// An Alarm is one active alarm.
type Alarm struct {
	Member uint64 // ID of the member that raised it
	Type   AlarmType
}

// ParseAlarm parses a key of bucket "alarm", accepting what proto.Unmarshal
// accepts. The error is a [Fault] of kind AlarmKey.
func ParseAlarm(key []byte) (Alarm, error) {
	var a Alarm
	err := walkFields(key, func(f wireField) error {
		switch {
		case f.isVarint(1):
			a.Member = f.Num
		case f.isVarint(2):
			a.Type = AlarmType(int32(f.Num))
		}
		return nil
	})
	if err != nil {
		return Alarm{}, unparseable(AlarmKey, len(key), "an AlarmMember", err)
	}
	return a, nil
}

// maxAlarms bounds the alarms that are kept; a cluster has a handful of
// members with at most two each.
const maxAlarms = 1024

// Alarms is what bucket "alarm" says.
type Alarms struct {
	Count int64   // alarms that parse
	List  []Alarm // the first 1024 of them, in key order
}

// Active tells whether an alarm of this type is raised by any member.
func (a *Alarms) Active(t AlarmType) bool {
	for _, alarm := range a.List {
		if alarm.Type == t {
			return true
		}
	}
	return false
}

// parse takes one element of the bucket in.
func (a *Alarms) parse(e *entry) {
	alarm, err := ParseAlarm(e.key)
	if f, ok := err.(Fault); ok {
		e.fault(AlarmKey, f.Got, f.Want)
		return
	}
	if len(e.value) != 0 {
		e.fault(AlarmValue, strconv.Itoa(len(e.value))+" bytes", "an empty value")
	}
	raisedBy := "raised by member " + strconv.FormatUint(alarm.Member, 16)
	switch alarm.Type {
	case AlarmTypeNoSpace:
		e.fault(AlarmNoSpace, raisedBy, "no alarm")
	case AlarmTypeCorrupt:
		e.fault(AlarmCorrupt, raisedBy, "no alarm")
	default:
		e.fault(AlarmUnknown, "type "+alarm.Type.String()+" "+raisedBy, "NOSPACE or CORRUPT")
	}
	a.Count++
	if len(a.List) < maxAlarms {
		a.List = append(a.List, alarm)
	}
}

func (a *Alarms) merge(o *Alarms) {
	a.Count += o.Count
	a.List = append(a.List, o.List[:min(len(o.List), maxAlarms-len(a.List))]...)
}
