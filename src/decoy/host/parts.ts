/** What the host is made of beside itself: who decoys claim to be, what they say, and what judges a login. */
import type { Socket } from 'node:net'
import type { Answer, Identity, Personality, TalkContext } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { personalities } from '#protocols/personalities.ts'
import { personas } from '#protocols/personas/index.ts'
import type { Honeytoken } from '#schema/decoys.ts'
import type * as z from 'zod'
import { certificateOf } from '../certificate-of.ts'
import { secretOf } from '../certificate-secret.ts'
import { classifier } from '../login/classifier.ts'
import { sshStream } from '../ssh-stream.ts'
import type { Classify } from './logins.ts'

/** PEM. */
export interface Certified {
  readonly key: string
  readonly cert: string
}

/** As in an answer of a personality: whatever is asked counts, a login or not. */
export type StreamReport = Pick<Answer, 'exchanges' | 'attempts' | 'notes'>

/** A service that needs a socket of its own because it cannot be pure: SSH. */
export interface StreamService {
  /** Whether the device speaks first. */
  readonly greets: boolean
  /** @param report what came. Resolves when the answer may go out; the socket is destroyed where it may not. */
  serve(socket: Socket, context: TalkContext, profile: unknown, report: (came: StreamReport) => Promise<void>): void
}

export interface HostParts {
  readonly personas: Readonly<Record<string, Persona>>
  readonly personalities: Readonly<Record<string, Personality>>
  /** By service. */
  readonly streams: Readonly<Record<string, StreamService>>
  /** Of a decoy whose service is TLS. Made when it is needed and kept for those used last. */
  readonly certificate?: (identity: Identity, persona: Persona) => Certified | Promise<Certified>
  readonly classifier?: (options: {
    readonly honeytokens: readonly z.infer<typeof Honeytoken>[]
    /** HMAC key of this process: what was typed is compared by its tags. */
    readonly key: Uint8Array
    readonly personas: Readonly<Record<string, Persona>>
  }) => Classify
}

/** Those of this program. */
export const parts: HostParts = {
  personas,
  personalities,
  streams: { ssh: sshStream },
  certificate: (identity, persona) =>
    certificateOf(secretOf(identity), identity, persona, {
      service: persona.services.some(({ service }) => service === 'rdp') ? 'rdp' : 'http',
      now: Date.now(),
    }),
  classifier: ({ honeytokens, key }) => classifier({ honeytokens, key }),
}
