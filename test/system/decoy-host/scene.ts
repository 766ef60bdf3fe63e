/** Two stations with the same services, each in a namespace of its own as an edge has them, and what talks to them. */
import { createNamespace } from '#linux/namespace.ts'
import { runIp } from '#linux/ip.ts'
import type { DecoyPlace } from '#schema/decoy-host.ts'
import type { StationGiven } from './process.ts'

const echoPorts = [
  ['tcp', 7001],
  ['udp', 7001],
  ['tcp', 7002],
  ['tcp', 7003],
  ['tcp', 7004],
] as const

/** Name of the second station's namespace. */
export const beside = 'station-2'

export const echoStation = (id: string, decoys: readonly DecoyPlace[], namespace?: string): StationGiven => ({
  id,
  persona: 'echo-box',
  ports: echoPorts,
  decoys,
  ...(namespace !== undefined && { namespace }),
})

/** Every address of 198.18.0.0/15 is one of this machine, here and in the other namespace. */
export const layGround = async (): Promise<void> => {
  const route = ['route', 'add', 'local', '198.18.0.0/15', 'dev', 'lo']
  await runIp(route)
  await createNamespace(beside)
  await runIp(route, { namespace: beside })
}
