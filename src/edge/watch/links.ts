/** Carrier of the ports: told, and mirrored where the policy asks for it. */
import { messageOf } from '#core/errors.ts'
import { setLink } from '#linux/bridge.ts'
import { watchLinks, type Link, type LinkChange } from '#linux/rtnetlink.ts'
import { portNamed, type Edge } from '../context.ts'
import { record } from '../writing.ts'

/** Milliseconds a link stays down at least, so that a bouncing cable does not make the far side bounce with it. */
const holdOffMs = 2000
/** Milliseconds a port is given to find its carrier after it was raised; copper takes up to three seconds. */
const raisingMs = 4000
/** Milliseconds between looks without a change: the policy may have changed. */
const lookMs = 5000

/**
 * Takes the far port of a two-port edge down while the near one has no carrier: a link loss that nobody sees defeats MRP, DLR, teaming
 * and spanning tree. At most one port is ever held down, and whatever happens to the other one can be seen, so none stays down for good.
 */
class Mirror {
  readonly #edge: Edge
  readonly #link: (device: string) => Link | undefined
  #held: string | undefined
  #raise: NodeJS.Timeout | undefined
  /** A port that was raised and has not found its carrier yet. */
  #raised: { readonly device: string; readonly until: number } | undefined

  constructor(edge: Edge, link: (device: string) => Link | undefined) {
    this.#edge = edge
    this.#link = link
  }

  get held(): string | undefined {
    return this.#held
  }

  look(): void {
    const [a, b, more] = this.#edge.plan.ports.map(({ device }) => device)
    const isPair = a !== undefined && b !== undefined && more === undefined
    if (this.#held !== undefined && !(isPair && [a, b].includes(this.#held))) return this.#letGo(this.#held)
    if (!isPair) return
    if (this.#held !== undefined) return this.#follow(this.#held === a ? b : a)
    if (this.#raised !== undefined && this.#carries(this.#raised.device)) this.#raised = undefined
    if (!this.#edge.plan.linkMirror || this.#carries(a) === this.#carries(b)) return
    const [far, near] = this.#carries(a) ? [a, b] : [b, a]
    if (this.#raised?.device === near && performance.now() < this.#raised.until) return
    this.#hold(far, near)
  }

  /** Lets go at the end: nobody would raise it again. */
  async close(): Promise<void> {
    clearTimeout(this.#raise)
    if (this.#held !== undefined) await this.#set(this.#held, 'up')
  }

  /** Another policy has other ports: what is held down follows nothing any more. */
  #letGo(device: string): void {
    clearTimeout(this.#raise)
    this.#raise = undefined
    this.#held = undefined
    this.#edge.alarms.delete('mirrored')
    void this.#set(device, 'up')
  }

  #carries(device: string): boolean {
    return this.#link(device)?.carrier === true
  }

  #hold(device: string, cause: string): void {
    const { plan, alarms } = this.#edge
    this.#held = device
    alarms.set(
      'mirrored',
      `Port ${portNamed(plan, device)} is held down as long as port ${portNamed(plan, cause)} has no carrier.`,
    )
    void this.#set(device, 'down')
  }

  /** The held port goes up a while after its cause has gone. */
  #follow(cause: string): void {
    if (this.#edge.plan.linkMirror && !this.#carries(cause)) {
      clearTimeout(this.#raise)
      this.#raise = undefined
      return
    }
    this.#raise ??= setTimeout(() => {
      const device = this.#held
      this.#raise = undefined
      this.#held = undefined
      this.#edge.alarms.delete('mirrored')
      if (device === undefined) return
      this.#raised = { device, until: performance.now() + raisingMs }
      void this.#set(device, 'up')
    }, holdOffMs).unref()
  }

  async #set(device: string, state: 'up' | 'down'): Promise<void> {
    try {
      await setLink(device, state)
      this.#edge.alarms.delete('link-mirror')
    } catch (error) {
      const why = messageOf(error)
      this.#edge.alarms.set(
        'link-mirror',
        `Port ${portNamed(this.#edge.plan, device)} cannot be taken ${state}: ${why}`,
      )
      // What is not down is not held, and is tried again at the next look; what is not up has to come up.
      if (state === 'down') this.#held = undefined
      else setTimeout(() => void this.#set(device, 'up'), holdOffMs).unref()
    }
  }
}

export interface LinkKeeper {
  close(): Promise<void>
}

/** Follows the ports, with what the policy asks for. */
export const keepLinks = (edge: Edge): LinkKeeper => {
  const isPort = (device: string) => edge.plan.ports.some((port) => port.device === device)
  const alarm = (device: string, has: boolean): void => {
    const port = portNamed(edge.plan, device)
    if (has) edge.alarms.delete(`link-${port}`)
    else if (mirror.held !== device) edge.alarms.set(`link-${port}`, `Port ${port} (${device}) has no carrier.`)
  }
  const isBridged = () => edge.plan.kind === 'bridge'
  const bridgeNow = () => [...watch.links.values()].find(({ name }) => name === edge.plan.bridge)
  /** A port that somebody took out of the bridge carries nothing. */
  const membership = ({ name, master }: Link): void => {
    const port = portNamed(edge.plan, name)
    const bridge = bridgeNow()
    if (!isBridged() || (bridge !== undefined && master === bridge.index)) edge.alarms.delete(`bridge-${port}`)
    else
      edge.alarms.set(
        `bridge-${port}`,
        `Port ${port} (${name}) is not part of the bridge ${edge.plan.bridge}: nothing passes there. Restart the daemon to put it back.`,
      )
  }
  /** An interface that went away, or has another name now. */
  const missing = (device: string): void => {
    const port = portNamed(edge.plan, device)
    const what = `Port ${port}: there is no interface ${device} on this machine any more, nothing passes there. \`ip link\` shows those that are there`
    edge.alarms.set(
      `bridge-${port}`,
      `${what}${isBridged() ? '; when it is back, it is put into the bridge again' : ''}.`,
    )
  }
  /** What is in the bridge and neither a port of the policy nor that of the decoys. */
  const foreign = ({ index, name, master }: Link, isThere: boolean): void => {
    const id = `foreign-${index}`
    const isOurs = isPort(name) || name === edge.plan.decoys?.device || name === edge.plan.bridge
    if (!isThere || isOurs || !isBridged() || master === undefined || master !== bridgeNow()?.index)
      edge.alarms.delete(id)
    else if (!edge.alarms.has(id)) {
      const text = `"${name}" is in the bridge ${edge.plan.bridge} and is no port of the policy: what is behind it belongs to no zone. If that is not on purpose: ip link set ${name} nomaster`
      edge.alarms.set(id, text)
      record(edge, { kind: 'degraded', text })
    }
  }
  /** A bridge drops what is longer than the port that it leaves by takes, and tells nobody. */
  const sizes = (): void => {
    const ports = [...watch.links.values()].filter(({ name }) => isPort(name)).toSorted((a, b) => b.mtu - a.mtu)
    const [widest, narrowest] = [ports[0], ports.at(-1)]
    if (!isBridged() || widest === undefined || narrowest === undefined || widest.mtu === narrowest.mtu)
      return void edge.alarms.delete('mtu')
    const words = ({ name, mtu }: Link) =>
      `port ${portNamed(edge.plan, name)} (${name}) takes packets of up to ${mtu} bytes`
    const sentence = `${words(widest)}, ${words(narrowest)}: longer ones do not pass there, and no counter of this edge shows it. Give both the same MTU: ip link set ${narrowest.name} mtu ${widest.mtu}`
    const text = sentence.charAt(0).toUpperCase() + sentence.slice(1)
    if (edge.alarms.get('mtu') === text) return
    edge.alarms.set('mtu', text)
    record(edge, { kind: 'degraded', text })
  }
  const carrier = (link: Link, had: boolean, has: boolean): void => {
    if (had === has) return
    const port = portNamed(edge.plan, link.name)
    alarm(link.name, has)
    const text = `Port ${port} (${link.name}) ${has ? 'has its carrier again' : mirror.held === link.name ? 'is held down, because the other port has no carrier' : 'lost its carrier'}.`
    record(edge, { kind: has ? 'link-up' : 'link-down', source: { port }, text })
  }
  const changed = ({ kind, link, before }: LinkChange): void => {
    refresh()
    const isThere = kind !== 'disappeared'
    const old = before !== undefined && (!isThere || before.name !== link.name) ? before : undefined
    if (old !== undefined && isPort(old.name)) {
      carrier(old, old.carrier, false)
      missing(old.name)
    }
    if (isThere && isPort(link.name)) {
      carrier(link, old === undefined && before?.carrier === true, link.carrier)
      membership(link)
    }
    // Membership is told by the number of the bridge: one that has its name only now has its ports already.
    if (isThere && link.name === edge.plan.bridge && before?.name !== link.name)
      for (const port of watch.links.values()) if (isPort(port.name)) membership(port)
    foreign(link, isThere)
    sizes()
    mirror.look()
  }
  /** Alarms are those of the ports that the policy has by now. */
  const refresh = (): void => {
    if (edge.plan === seen) return
    const gone = seen.ports.filter(({ name }) => !edge.plan.ports.some((port) => port.name === name))
    for (const { name } of gone) for (const what of ['link', 'bridge']) edge.alarms.delete(`${what}-${name}`)
    seen = edge.plan
    const present = [...watch.links.values()]
    for (const link of present)
      if (isPort(link.name)) {
        alarm(link.name, link.carrier)
        membership(link)
      } else foreign(link, true)
    for (const { device } of seen.ports) if (!present.some(({ name }) => name === device)) missing(device)
    for (const id of present.map(({ index, name }) => (isPort(name) ? `foreign-${index}` : ''))) edge.alarms.delete(id)
  }
  let seen = edge.plan
  const watch = watchLinks(changed)
  const mirror = new Mirror(edge, (device) => [...watch.links.values()].find(({ name }) => name === device))
  for (const link of watch.links.values())
    if (isPort(link.name)) {
      alarm(link.name, link.carrier)
      membership(link)
    } else foreign(link, true)
  sizes()
  mirror.look()
  const timer = setInterval(() => {
    refresh()
    mirror.look()
  }, lookMs)
  return {
    close: async () => {
      clearInterval(timer)
      watch.close()
      await mirror.close()
    },
  }
}
