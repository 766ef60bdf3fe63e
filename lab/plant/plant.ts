import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { Fault } from '#core/errors.ts'
import { sysctls, writeSysctl } from '#linux/sysctl.ts'
import type { Site } from '#schema/site.ts'
import { edgeSetup, hostSetup, wiring } from './cables.ts'
import { edgeDevices, hostsOf, type Host, type LabSite, siteOf } from './hosts.ts'
import { ipBatch } from './ip-batch.ts'

/** ms; several times what any of them needs on a slow machine */
const runLimit = 120_000

export interface Finished {
  /** Exit code; null when it was ended by a signal, as when it ran out of time. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** The plant, wired up. Its namespaces end with the process that made them. */
export class Plant {
  readonly lab: LabSite
  readonly site: Site
  readonly hosts: readonly Host[]

  constructor(lab: LabSite, site: Site, hosts: readonly Host[]) {
    this.lab = lab
    this.site = site
    this.hosts = hosts
  }

  /** @throws Fault `not-found` */
  host(name: string): Host {
    const found = this.hosts.find((host) => host.name === name)
    if (found !== undefined) return found
    throw new Fault('not-found', `The plant has no machine \`${name}\`.`)
  }

  /** Starts a program on a machine (or on the edge). */
  spawn(host: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    if (host !== this.lab.namespace) this.host(host)
    return spawn('ip', ['netns', 'exec', host, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  }

  /** Runs a program on a machine to its end, or until it has done `enough`. */
  run(host: string, argv: readonly string[], enough?: AbortSignal): Promise<Finished> {
    const begin = performance.now()
    // A group of its own: what it started holds its output open as it does itself.
    const child = this.spawn(host, argv, { detached: true })
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const late = setTimeout(end, runLimit)
    enough?.addEventListener('abort', end)
    let [stdout, stderr] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(late)
        resolve({ code, stdout, stderr, ms: performance.now() - begin })
      })
    })
  }
}

/**
 * Builds a site in the network namespace of this process, which must be a private one.
 * @throws Fault
 */
export const buildPlant = async (lab: LabSite): Promise<Plant> => {
  const site = siteOf(lab)
  const hosts = hostsOf(site, lab)
  const devices = edgeDevices(site, lab)
  const { namespace, place } = lab
  // The switches of the plant filter nothing, even where the kernel's default is to hand bridged packets to nftables.
  for (const name of [sysctls.bridgeCallIptables, sysctls.bridgeCallIp6tables, sysctls.bridgeCallArptables])
    writeSysctl(name, 0, { optional: true })
  writeSysctl(['net', 'ipv6', 'conf', 'default', 'disable_ipv6'], 1, { optional: true })
  await ipBatch(wiring({ namespace, place, devices, hosts }))
  await Promise.all([
    ipBatch(edgeSetup(devices), namespace),
    ...hosts.map(async (host) => {
      for (const name of ['accept_ra', 'router_solicitations'])
        writeSysctl(['net', 'ipv6', 'conf', 'default', name], 0, { namespace: host.name, optional: true })
      writeSysctl(['net', 'ipv6', 'conf', 'eth0', 'disable_ipv6'], host.stranger ? 1 : 0, {
        namespace: host.name,
        optional: true,
      })
      await ipBatch(hostSetup(host), host.name)
    }),
  ])
  return new Plant(lab, site, hosts)
}
