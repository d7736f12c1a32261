package broker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// The MQTT library has loggers for the whole process only, and reads them
// without a lock. So they are set once, before the first use of the library.
// They look up for each line where it goes.
var (
	libraryLog     atomic.Pointer[slog.Logger]
	setLibraryLogs sync.Once
)

// logLibrary sends the library's lines to log, if it is not nil. The packet
// that holds the password is never printed.
func logLibrary(log *slog.Logger) {
	setLibraryLogs.Do(func() {
		mqtt.CRITICAL = libraryLogger(slog.LevelWarn)
		// Each error is returned as a value, too. The library also logs the
		// normal end of a connection, after DISCONNECT, as an error.
		mqtt.ERROR = libraryLogger(levelTrace)
		mqtt.WARN = libraryLogger(levelTrace)
		mqtt.DEBUG = libraryLogger(levelTrace)
	})
	if log != nil {
		libraryLog.Store(log)
	}
}

// levelTrace is the level of messages that come several times for each packet.
const levelTrace = slog.LevelDebug - 4

// A libraryLogger is one of the library's loggers.
type libraryLogger slog.Level

func (l libraryLogger) Println(v ...any) {
	if log := l.enabled(); log != nil {
		log.Log(context.Background(), slog.Level(l), "paho: "+strings.TrimSpace(fmt.Sprintln(v...)))
	}
}

func (l libraryLogger) Printf(format string, v ...any) {
	if log := l.enabled(); log != nil {
		log.Log(context.Background(), slog.Level(l), "paho: "+strings.TrimSpace(fmt.Sprintf(format, v...)))
	}
}

func (l libraryLogger) enabled() *slog.Logger {
	log := libraryLog.Load()
	if log == nil || !log.Enabled(context.Background(), slog.Level(l)) {
		return nil
	}
	return log
}
