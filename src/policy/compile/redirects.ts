/** Redirects: which first packets go to another address. */
import { canonicalIp } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import { familyOf, resolveEnd, type End } from '../ends.ts'
import type { Family, PlanRedirect } from '../plan.ts'
import { parsePortText } from '../service.ts'
import type { Windows } from './conduits.ts'
import { unique } from './topology.ts'

/** An asset's first address of a family, an address, or `address:port` (`[v6]:port`). */
const targetOf = (site: Site, text: string): { ip: string; port?: number } | undefined => {
  const asset = Object.hasOwn(site.assets, text) ? site.assets[text] : undefined
  if (asset?.ips[0] !== undefined) return { ip: canonicalIp(asset.ips[0]) ?? asset.ips[0] }
  const plain = canonicalIp(text)
  if (plain !== undefined) return { ip: plain }
  const match = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(text)
  const ip = match === null ? undefined : canonicalIp(match[1] ?? '')
  return ip === undefined ? undefined : { ip, port: Number(match?.[2]) }
}

const networks = (end: End, family: Family): readonly string[] | undefined =>
  end.any
    ? undefined
    : unique(
        [
          ...end.assets.flatMap(({ asset }) =>
            asset.ips.map((ip) => `${canonicalIp(ip) ?? ip}/${familyOf(ip) === 4 ? 32 : 128}`),
          ),
          ...end.networks.map(({ network }) => network),
        ].filter((network) => familyOf(network) === family),
      )

export const compileRedirects = (site: Site, windows: Windows): PlanRedirect[] =>
  site.redirects.flatMap((redirect) => {
    const from = resolveEnd(site, redirect.from)
    const to = resolveEnd(site, redirect.to)
    const target = targetOf(site, redirect.target)
    if (from === undefined || to === undefined || target === undefined) return []
    const family = familyOf(target.ip)
    const src = networks(from, family)
    const dst = networks(to, family)
    const window =
      redirect.when === undefined || redirect.when === 'unauthenticated'
        ? undefined
        : windows.indexOf(redirect.when, undefined)
    return redirect.ports.flatMap((text): PlanRedirect[] => {
      const port = parsePortText(text)
      const number = port?.ports[0]?.[0]
      if (port === undefined || number === undefined || src?.length === 0 || dst?.length === 0) return []
      return [
        {
          id: redirect.id,
          family,
          ...(src === undefined ? {} : { src }),
          ...(dst === undefined ? {} : { dst }),
          proto: port.proto,
          port: number,
          target: target.ip,
          ...(target.port === undefined ? {} : { targetPort: target.port }),
          snat: redirect.snat,
          ...(redirect.when === 'unauthenticated'
            ? { when: 'unauthenticated' as const }
            : window === undefined
              ? {}
              : { when: { window } }),
        },
      ]
    })
  })
