/** Cyclic process data beside commands: permitted with its conduit, whatever commands that allows, and never looked into. */
import type { Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import { protocolNumbers, type Ports } from './plan.ts'

const keyOf = (service: string, proto: number, port: number) => `${service} ${proto} ${port}`

const all: readonly Vocabulary[] = Object.values(vocabularies)
const cyclic = new Set(
  all.flatMap(({ name, companions }) =>
    companions
      .filter((companion) => companion.cyclic === true)
      .map(({ transport, port }) => keyOf(name, protocolNumbers[transport], port)),
  ),
)

/** Some of a conduit's traffic: one port, or ranges of ports. */
export interface PartOfService {
  readonly proto?: number
  readonly port?: number
  readonly ports?: Ports
}

/** Whether this part of a service is cyclic process data, and nothing else. */
export const isCyclic = (service: string, { proto, port, ports }: PartOfService): boolean => {
  const [only, ...more] = ports ?? []
  const number = port ?? (more.length === 0 && only?.[0] === only?.[1] ? only?.[0] : undefined)
  return proto !== undefined && number !== undefined && cyclic.has(keyOf(service, proto, number))
}
