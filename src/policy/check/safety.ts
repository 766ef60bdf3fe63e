/** Rules about safety systems, and about rewriting what a device receives. */
import { risks } from '#core/protocol.ts'
import { nobody, resolveEnd } from '../ends.ts'
import type { Check, Context, Finding, Resolved } from './context.ts'
import { addressesOf, overlap, type Spans } from './span.ts'

const safetyAssets = ({ site, places }: Context) =>
  Object.entries(site.assets).flatMap(([name, asset]) =>
    asset.kind === 'sis'
      ? [{ name, zone: asset.zone, spans: addressesOf({ ...nobody, assets: [{ name, asset }] }, places) }]
      : [],
  )
type SafetyAsset = ReturnType<typeof safetyAssets>[number]

const reached = (assets: readonly SafetyAsset[], targets: Spans) => assets.find(({ spans }) => overlap(spans, targets))

const through = ({ conduit }: Resolved, name: string) => (conduit.to === name ? '' : ` through \`${conduit.to}\``)

const isRead = ({ vocabulary }: Resolved, entry: NonNullable<Resolved['conduit']['allow']>[number]): boolean => {
  if (entry === 'read') return true
  const op = typeof entry === 'string' ? entry : entry.op
  // A risk class of this name is not `read`; a command of this name may be.
  if (typeof entry === 'string' && (risks as readonly string[]).includes(op)) return false
  return vocabulary !== undefined && Object.hasOwn(vocabulary.ops, op) && vocabulary.ops[op]?.risk === 'read'
}

function* safetyConduits(
  context: Context,
  judge: (resolved: Resolved, asset: SafetyAsset) => Iterable<Finding>,
): Iterable<Finding> {
  const assets = safetyAssets(context)
  if (assets.length === 0) return
  for (const resolved of context.conduits) {
    const asset = reached(assets, resolved.targets)
    if (asset !== undefined) yield* judge(resolved, asset)
  }
}

const rewriting = new Set(['redirect', 'deceive'])

export const safety: readonly Check[] = [
  {
    code: 'safety-command',
    severity: 'error',
    summary: 'A conduit to a safety system (`kind: sis`) permits more than `allow: [read]`.',
    find: (context) =>
      safetyConduits(context, function* judge(resolved, { name }) {
        const { conduit, index } = resolved
        const reaches = `conduit \`${conduit.id}\` reaches safety system \`${name}\`${through(resolved, name)}`
        if (conduit.allow === undefined) {
          yield {
            path: ['conduits', index],
            message: `${reaches} with the whole service \`${conduit.service}\``,
            expected: '`allow: [read]`',
          }
          return
        }
        for (const [i, entry] of conduit.allow.entries())
          if (!isRead(resolved, entry))
            yield {
              path: ['conduits', index, 'allow', i],
              message: `${reaches} with \`${typeof entry === 'string' ? entry : entry.op}\``,
              expected: '`allow: [read]`',
            }
      }),
  },
  {
    code: 'safety-watched',
    severity: 'warning',
    summary: 'Commands to a safety system are only watched: `deny-action: log` lets every one pass.',
    find: (context) =>
      safetyConduits(context, function* judge(resolved, { name }) {
        const { conduit, index } = resolved
        if (conduit['deny-action'] === 'log')
          yield {
            path: ['conduits', index, 'deny-action'],
            message: `conduit \`${conduit.id}\` reaches safety system \`${name}\`${through(resolved, name)}, and \`log\` lets every command pass`,
            expected: 'exception, reset or drop',
          }
      }),
  },
  {
    code: 'safety-rewritten',
    severity: 'error',
    summary: 'Traffic of a safety system would be rewritten or redirected.',
    *find(context) {
      yield* safetyConduits(context, function* judge(resolved, { name }) {
        const { conduit, index } = resolved
        if (conduit['deny-action'] === 'neutralise')
          yield {
            path: ['conduits', index, 'deny-action'],
            message: `messages to safety system \`${name}\` are never rewritten`,
            expected: 'exception, reset or drop',
          }
      })
      const assets = safetyAssets(context)
      for (const [i, { id, to }] of context.site.redirects.entries()) {
        const end = resolveEnd(context.site, to)
        const asset = end && reached(assets, addressesOf(end, context.places))
        if (asset !== undefined)
          yield {
            path: ['redirects', i, 'to'],
            message: `redirect \`${id}\` covers safety system \`${asset.name}\`, whose traffic is never redirected`,
          }
      }
    },
  },
  {
    code: 'safety-contained',
    severity: 'error',
    summary: 'A response would contain, redirect or deceive in the zone of a safety system.',
    *find(context) {
      const zones = new Map(safetyAssets(context).map(({ name, zone }) => [zone, name]))
      for (const [i, response] of context.site.responses.entries()) {
        const asset = zones.get(response.zone)
        if (asset === undefined) continue
        if (response.known?.startsWith('contain') === true)
          yield {
            path: ['responses', i, 'known'],
            message: `safety system \`${asset}\` is in zone \`${response.zone}\` and is never contained`,
            expected: 'deny or alert',
          }
        for (const who of ['stranger', 'known'] as const)
          if (rewriting.has(response[who] ?? ''))
            yield {
              path: ['responses', i, who],
              message: `no \`${response[who]}\` near safety system \`${asset}\``,
              expected: 'contain, deny or alert',
            }
      }
      for (const [i, { zone, response }] of context.site.sensors.entries())
        for (const [name, asset] of zones)
          if ((zone === undefined || zone === name) && rewriting.has(response))
            yield {
              path: ['sensors', i, 'response'],
              message: `no \`${response}\` near safety system \`${asset}\``,
              expected: 'alert, deny or contain',
            }
    },
  },
  {
    code: 'not-qualified',
    severity: 'error',
    summary:
      '`deny-action: neutralise` towards an asset that is not `qualified`, or in a protocol that cannot be rewritten.',
    *find({ conduits }) {
      for (const { conduit, index, to, vocabulary } of conduits) {
        if (conduit['deny-action'] !== 'neutralise') continue
        const path = ['conduits', index, 'deny-action']
        if (vocabulary !== undefined && !vocabulary.neutralisable)
          yield {
            path,
            message: `a ${vocabulary.name} message cannot be rewritten in place`,
            expected: 'exception, reset, drop or log',
          }
        else if (to.any || to.networks.length > 0)
          yield {
            path,
            message: `\`neutralise\` needs qualified assets, and \`${conduit.to}\` is not a list of assets`,
            expected: 'assets with `qualified: true`',
          }
        else {
          const asset = to.assets.find(({ asset: { qualified } }) => qualified !== true)
          if (asset !== undefined)
            yield {
              path,
              message: `asset \`${asset.name}\` is not qualified for \`neutralise\``,
              expected: '`qualified: true` on it after `bulkhead edge qualify`, or another deny-action',
            }
        }
      }
    },
  },
]
