package ask

import (
	"context"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/site"
)

// session connects, calls do and hangs up, all within a time.
func session(ctx context.Context, env *app.Env, link *site.Connection, within time.Duration, do func(context.Context, *broker.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer site.HangUp(conn)
	return do(ctx, conn)
}
