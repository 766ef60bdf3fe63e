/** Terms without a policy: every conversation on a port of a protocol that is understood is read, and everything in it allowed. */
import type { Codec } from '#core/codec.ts'
import { risks } from '#core/protocol.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { codecs } from '#protocols/codecs.ts'
import type { Ends, Terms } from './program.ts'
import { Rules } from './rules.ts'
import type { TermsSource } from './terms-source.ts'

const allowing = (codec: Codec): Terms => {
  const { name } = codec.vocabulary
  const conduit = {
    id: name,
    counter: name,
    service: name,
    from: 'any',
    to: 'any',
    essential: false,
    allow: [...risks],
  }
  return {
    codec,
    rules: [new Rules(codec.vocabulary, conduit)],
    watching: [],
    passive: true,
    denyAction: 'log',
    closedOn: new Set(),
    until: Infinity,
  }
}

/** Made once for each codec: nothing in them changes. */
const known = new Map<Codec, Terms>()
const termsOf = (codec: Codec): Terms => {
  const found = known.get(codec) ?? allowing(codec)
  known.set(codec, found)
  return found
}

const placeOf = (proto: number, port: number): string => `${proto} ${port}`

export class Unlimited implements TermsSource {
  readonly timed = false
  readonly #ports = new Map<string, Codec>()
  /** Servers on other ports, known by what they say. */
  readonly #servers = new Map<string, Codec>()

  constructor() {
    for (const codec of Object.values(codecs))
      for (const { transport, port } of codec.vocabulary.ports)
        this.#ports.set(placeOf(ipProtocols[transport], port), codec)
  }

  terms({ server, proto, port }: Ends): Terms | undefined {
    const place = placeOf(proto, port)
    const codec = this.#ports.get(place) ?? this.#servers.get(`${place} ${server}`)
    return codec === undefined ? undefined : termsOf(codec)
  }

  /** From now on conversations with this server are read as one of a protocol. */
  learn({ server, proto, port }: Pick<Ends, 'server' | 'proto' | 'port'>, codec: Codec): void {
    this.#servers.set(`${placeOf(proto, port)} ${server}`, codec)
  }
}
