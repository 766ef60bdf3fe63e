/** Personas with logins on loopback addresses, every service of them, without an edge: TLS, delays and SSH as a host has them. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Attempt, Identity, Talk } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { certificateOf } from '#decoy/certificate-of.ts'
import { processOf } from '#decoy/process.ts'
import { serveSsh } from '#decoy/ssh.ts'
import { hmiPanel } from '#protocols/personas/hmi-panel.ts'
import { moxaNport } from '#protocols/personas/moxa-nport.ts'
import { windowsEngineering } from '#protocols/personas/windows-engineering.ts'
import { personalities } from '#protocols/personalities.ts'
import { dropbear } from '#protocols/ssh/profile.ts'
import { identityAt } from '../../fixtures/decoy.ts'

export interface Came {
  readonly at: number
  readonly source: string
  readonly service: string
  readonly port: number
  readonly attempt: Attempt
}

export interface Stand {
  readonly came: Came[]
  readonly faults: unknown[]
  close(): Promise<void>
}

export const [panel, nport, station] = ['127.0.1.1', '127.0.1.2', '127.0.1.3'] as const
const of = (address: string, name: string, mac: string, serial: string): Identity =>
  identityAt(address, { name, mac, serial })
const decoys: readonly (readonly [Persona, Identity])[] = [
  [hmiPanel, of(panel, 'HMI-4F1A', '00:30:d8:12:34:56', 'B1234abc567')],
  [moxaNport, of(nport, 'NP5150-28461', '00:90:e8:12:34:56', '284611')],
  [windowsEngineering, of(station, 'ENG-WS-20417', '8c:ec:4b:12:34:56', '4f1a2b3')],
]

/** Not to wait for it synchronously: the decoys answer from this process. */
export const run = (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string }> =>
  new Promise((resolve) => {
    let out = ''
    const child = spawn(command, args, {
      cwd: '/run',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), 22_000)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (out += String(bytes)))
    child.once('error', () => resolve({ code: null, out }))
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, out })
    })
  })
export const needs = (t: TestContext, program: string): boolean => {
  const isThere = spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
  if (!isThere) t.skip(`${program} is not installed`)
  return isThere
}

const secret = Buffer.alloc(32, 9)

/** @param pace part of its delays that a decoy keeps */
export const standUp = async (pace = 0.1): Promise<Stand> => {
  const came: Came[] = []
  const faults: unknown[] = []
  const sockets = new Set<Socket>()
  const servers: Server[] = []

  const converse = (
    socket: Socket,
    open: () => Talk,
    secure: () => Promise<SecureContext>,
    took: (answer: Answer) => void,
  ): void => {
    let wire: Socket = socket
    let talk: Talk
    let busy = Promise.resolve()
    const answer = async (bytes: Buffer): Promise<void> => {
      const said = talk.take(bytes)
      took(said)
      if (said.delay !== undefined) await sleep(said.delay * pace)
      for (const out of said.send) wire.write(out)
      if (said.close) wire.end()
      if (!said.tls) return
      wire.removeAllListeners('data')
      wire = new TLSSocket(wire, { isServer: true, secureContext: await secure() })
      listen()
    }
    const listen = (): void => {
      wire.on('error', () => socket.destroy())
      wire.on('data', (bytes: Buffer) => {
        busy = busy.then(() => answer(bytes)).catch((error: unknown) => void faults.push(error))
      })
    }
    try {
      talk = open()
    } catch (error) {
      faults.push(error)
      return
    }
    listen()
    for (const out of talk.greeting ?? []) wire.write(out)
  }

  for (const [persona, identity] of decoys)
    for (const { service, transport, port, profile, tls } of persona.services) {
      const personality = personalities[service]
      if (transport !== 'tcp' || (personality === undefined && service !== 'ssh')) continue
      const secure = async (): Promise<SecureContext> =>
        createSecureContext(await certificateOf(secret, identity, persona, { service, now: Date.now() }))
      // oxlint-disable-next-line no-await-in-loop -- a few
      const made = tls === true || service === 'rdp' ? await secure() : undefined
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
        const source = socket.remoteAddress ?? ''
        const took = ({ attempts = [] }: Pick<Answer, 'attempts'>): void => {
          for (const attempt of attempts) came.push({ at: Date.now(), source, service, port, attempt })
        }
        if (personality === undefined) {
          void serveSsh(socket, { identity, profile: dropbear, secret, delay: 2000 * pace }, took)
          return
        }
        const open = (): Talk =>
          personality.open(
            { identity, persona, process: processOf(identity.seed), now: Date.now, peer: source },
            profile,
            'tcp',
          )
        const wire =
          tls === true && made !== undefined ? new TLSSocket(socket, { isServer: true, secureContext: made }) : socket
        converse(wire, open, async () => made ?? (await secure()), took)
      })
      server.listen(port, identity.address)
      await once(server, 'listening')
      servers.push(server)
    }
  return {
    came,
    faults,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}
