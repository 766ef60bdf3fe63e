/** Carrier of the ports: told, and mirrored where the policy asks for it. */
import { setLink } from '#linux/bridge.ts'
import { watchLinks, type LinkWatch } from '#linux/rtnetlink.ts'
import { portNamed, record, type Edge } from '../context.ts'

/** Time a link stays down at least, so that a bouncing cable does not make the far side bounce with it. */
const holdOffMs = 2000

/**
 * Follows the ports. With `link-mirror: on` a two-port edge takes the far port down when one loses its carrier, and back up after a
 * hold-off: a link loss that nobody sees defeats MRP, DLR, teaming and spanning tree.
 */
export const keepLinks = (edge: Edge): LinkWatch => {
  const mirrored = new Set<string>()
  const devices = () => edge.plan.ports.map(({ device }) => device)
  const far = (device: string) =>
    edge.plan.linkMirror && edge.plan.ports.length === 2 ? devices().find((other) => other !== device) : undefined
  const guarded = (work: Promise<unknown>, what: string) =>
    void work.catch((error: unknown) =>
      edge.alarms.set('link-mirror', `${what} failed: ${error instanceof Error ? error.message : String(error)}`),
    )
  return watchLinks(({ kind, link, before }) => {
    if (!devices().includes(link.name)) return
    const port = portNamed(edge.plan, link.name)
    const had = before?.carrier === true
    const has = kind !== 'disappeared' && link.carrier
    if (had === has) return
    if (has) edge.alarms.delete(`link-${port}`)
    else if (!mirrored.has(link.name)) edge.alarms.set(`link-${port}`, `Port ${port} (${link.name}) has no carrier.`)
    record(edge, {
      kind: has ? 'link-up' : 'link-down',
      source: { port },
      text: `Port ${port} (${link.name}) ${has ? 'has its carrier again' : 'lost its carrier'}.`,
    })
    const other = far(link.name)
    if (other === undefined || mirrored.has(link.name)) return
    if (!has && !mirrored.has(other)) {
      mirrored.add(other)
      guarded(setLink(other, 'down'), `Taking ${other} down`)
    } else if (has && mirrored.has(other))
      setTimeout(() => {
        mirrored.delete(other)
        guarded(setLink(other, 'up'), `Taking ${other} up`)
      }, holdOffMs).unref()
  })
}
