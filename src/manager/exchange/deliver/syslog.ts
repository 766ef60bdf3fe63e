/** Syslog over TLS (RFC 5425) or TCP, octet-counted (RFC 6587, 3.4.1). */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { setTimeout as pause } from 'node:timers/promises'
import { body, octetCounted, type Origin, syslogMessage } from '#schema/event-syslog.ts'
import { placeOf } from '../dial.ts'
import { reasonOf } from '../https.ts'
import { within } from '../../within.ts'
import { failed, type Opening } from './outlet.ts'

const patienceMs = 15_000
/** Syslog acknowledges nothing. A receiver that went away is noticed by then, and everything of the message is sent again. */
const settleMs = 100

export const syslog: Opening<'syslog'> = (target, { version, ownPorts }) => {
  const origin: Origin = { version, pid: process.pid, product: 'manager' }
  let socket: Socket | undefined
  let broken: string | undefined
  let count = 0

  const drop = (): void => {
    socket?.destroy()
    socket = undefined
  }
  const open = async (): Promise<Socket> => {
    if (socket !== undefined && broken === undefined && !socket.destroyed) return socket
    drop()
    const { address, host, port } = await placeOf(target.host, target.port, ownPorts)
    const name = isIP(host) === 0 ? { servername: host } : {}
    const made = target.tls
      ? connectTls({ host: address, port, minVersion: 'TLSv1.2', ...name, ...(target.ca && { ca: target.ca }) })
      : connectTcp(port, address)
    socket = made
    broken = undefined
    made.unref()
    made.setKeepAlive(true, 30_000)
    made.on('error', (error) => (broken = reasonOf(error)))
    made.on('close', () => (broken ??= 'the receiver closed the connection'))
    // A receiver that speaks is not listened to, but must not fill memory.
    made.resume()
    await within(
      'connecting',
      new Promise<void>((resolve, reject) => {
        made.once(target.tls ? 'secureConnect' : 'connect', () => resolve())
        made.once('close', () => reject(new Error(broken ?? 'closed')))
      }),
      patienceMs,
    )
    return made
  }

  return {
    batch: 500,
    gatherMs: 0,
    close: drop,
    deliver: async (events) => {
      try {
        const used = await open()
        const octets = Buffer.concat(
          events.map((event) =>
            octetCounted(syslogMessage(event, body(event, target.format, origin), ++count, target.facility, origin)),
          ),
        )
        await within(
          'sending',
          new Promise<void>((resolve, reject) => {
            const gone = (): void => reject(new Error(broken ?? 'closed'))
            used.once('close', gone)
            used.write(octets, (error) => {
              // The connection lasts, and would keep every message with what waits for its end.
              used.removeListener('close', gone)
              if (error) reject(error)
              else resolve()
            })
          }),
          patienceMs,
        )
        await pause(settleMs)
        if (broken === undefined) return { ok: true }
        drop()
        return failed(broken)
      } catch (error) {
        drop()
        return failed(broken ?? reasonOf(error))
      }
    },
  }
}
