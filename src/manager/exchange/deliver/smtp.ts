/** One mail for everything that was gathered. Nothing is sent in the clear: STARTTLS is demanded (RFC 3207) or TLS comes first. */
import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import { placeOf } from '../dial.ts'
import { reasonOf } from '../https.ts'
import { digest, subject } from './digest.ts'
import { failed, type Opening } from './outlet.ts'

const patienceMs = 20_000

/** RFC 5321, 4.2.1: 5yz will not change by itself, and 552 and 554 are about the message. */
const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'responseCode' in error && (error.responseCode === 552 || error.responseCode === 554)

export const smtp: Opening<'smtp'> = (target, { secrets, ownPorts }) => ({
  batch: 50,
  gatherMs: target.gather * 1000,
  close: () => undefined,
  deliver: async (events, totals) => {
    try {
      const { address, host, port } = await placeOf(target.host, target.port, ownPorts)
      const transport = createTransport({
        host: address,
        port,
        secure: target.security === 'tls',
        requireTLS: true,
        tls: { minVersion: 'TLSv1.2', servername: isIP(host) === 0 ? host : '', ...(target.ca && { ca: target.ca }) },
        ...(target.user !== undefined && { auth: { user: target.user, pass: secrets.password ?? '' } }),
        connectionTimeout: patienceMs,
        greetingTimeout: patienceMs,
        socketTimeout: patienceMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      try {
        await transport.sendMail({
          from: target.from,
          to: [...target.to],
          subject: `Bulkhead: ${subject(events, totals)}`,
          text: digest(events, totals),
          // RFC 3834: nobody's absence answers it.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { ok: true }
      } finally {
        transport.close()
      }
    } catch (error) {
      return failed(reasonOf(error), isFinal(error))
    }
  },
})
