/** What the service manager is told: sd_notify(3) over the socket that systemd names in the environment. */
import { Buffer } from 'node:buffer'
import { sendUnixDatagram } from '#linux/unix-datagram.ts'

export interface Notifier {
  /** Enforcing: units that wait for this edge may start. */
  ready(): void
  /** One line for `systemctl status`. */
  status(text: string): void
  /** The daemon ends on purpose; the kernel keeps enforcing. */
  stopping(): void
  /** Starts the heartbeat, which stops by itself when the event loop hangs. Without a watchdog it does nothing. */
  watch(): void
  close(): void
}

type Environment = Readonly<Record<string, string | undefined>>

/** Milliseconds between heartbeats: half of what systemd allows, as sd_watchdog_enabled(3) advises; undefined without one. */
export const heartbeatMs = (environment: Environment, pid: number): number | undefined => {
  const micros = Number(environment['WATCHDOG_USEC'])
  const meant = environment['WATCHDOG_PID']
  if (!Number.isFinite(micros) || micros <= 0) return undefined
  if (meant !== undefined && meant !== String(pid)) return undefined
  return Math.max(1, Math.floor(micros / 2000))
}

// A line feed would start another assignment.
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ')

/** Speaks to systemd when the process runs under it (NOTIFY_SOCKET is set), and says nothing otherwise. */
export const createNotifier = (environment: Environment = process.env, pid = process.pid): Notifier => {
  const socket = environment['NOTIFY_SOCKET']
  const interval = heartbeatMs(environment, pid)
  let timer: NodeJS.Timeout | undefined
  const tell = (...lines: readonly string[]): void => {
    if (socket === undefined || socket === '') return
    try {
      sendUnixDatagram(socket, Buffer.from(lines.join('\n')))
    } catch {
      // A service manager that cannot be told is no reason to stop enforcing.
    }
  }
  return {
    ready: () => tell('READY=1'),
    status: (text) => tell(`STATUS=${oneLine(text)}`),
    stopping: () => tell('STOPPING=1'),
    watch: () => {
      if (interval === undefined || timer !== undefined) return
      tell('WATCHDOG=1')
      timer = setInterval(() => tell('WATCHDOG=1'), interval)
      timer.unref()
    },
    close: () => clearInterval(timer),
  }
}
