/** Temporary permits of the manager. */
import { Fault } from '#core/errors.ts'
import type { PermitObject } from '#schema/link-objects.ts'
import type { Edge } from '../context.ts'
import { writeManagers } from '../writing.ts'
import { running } from '../kernel/generations.ts'
import { listTemporary } from '../kernel/permits.ts'
import { permit, permitsByName, revoke } from '../orders/permit.ts'
import {
  keep,
  layGone,
  layHeld,
  localExpiry,
  note,
  orderer,
  reasonOf,
  secondsLeft,
  type Stream,
  type StreamContext,
} from './stream.ts'

const stream = 'permits'

/** Ends the permits that an object became here, if they have not ended by themselves. */
const end = (edge: Edge, became: string, by: string): void => {
  const active = permitsByName(edge)
  const ids = became.split(',').filter((id) => active.has(id))
  if (ids.length > 0) revoke(edge, { id: ids.join(','), by })
}

const grant = (context: StreamContext, object: PermitObject): void => {
  const { edge } = context
  const { from, to, service, mac } = object
  const [reason, by] = [reasonOf(context, object), orderer(context, object)]
  const seconds = Math.ceil(secondsLeft(localExpiry(context, object)))
  const earlier = edge.store.held.get(stream, object.id)
  if (earlier !== undefined) end(edge, earlier.became, by)
  permit(
    edge,
    { from, to, service, for: `${seconds}s`, reason, by, ...(mac === undefined ? {} : { mac }) },
    (ids, done) => {
      keep(context, stream, object, from, ids.join(','))
      note(context, stream, object, { outcome: 'enforced', ...done })
    },
    (layer, ids) => layHeld(layer, context, stream, object, from, ids.join(',')),
  )
}

const takeOne = (context: StreamContext, object: PermitObject): void => {
  const { edge } = context
  if (object.action === 'permit' && secondsLeft(localExpiry(context, object)) > 0) {
    grant(context, object)
    return
  }
  const earlier = edge.store.held.get(stream, object.id)
  if (earlier !== undefined) end(edge, earlier.became, orderer(context, object))
  writeManagers(
    edge,
    () => {
      edge.store.held.remove(stream, object.id)
      note(context, stream, object, { outcome: object.action === 'permit' ? 'expired' : 'enforced' })
    },
    (layer) => layGone(layer, stream, object),
  )
}

export const permitStream: Stream<PermitObject> = {
  take: (context, objects) => {
    for (const object of objects)
      try {
        takeOne(context, object)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        // Somebody has taken the rules away, and they come back in a moment: nothing was refused for good.
        if (error.code === 'kernel-rejected' && running() === undefined) throw error
        const became = context.edge.store.held.get(stream, object.id)?.became ?? ''
        writeManagers(
          context.edge,
          () => {
            if (object.action === 'permit') keep(context, stream, object, object.from, became)
            note(context, stream, object, { outcome: 'refused', text: error.message })
          },
          (layer) => {
            if (object.action === 'permit') layHeld(layer, context, stream, object, object.from, became)
          },
        )
      }
  },
  drop: ({ edge, manager }, gone) => {
    for (const one of gone) {
      end(edge, one.became, `manager ${manager}`)
      writeManagers(
        edge,
        () => edge.store.held.remove(stream, one.id),
        (layer) => layGone(layer, stream, one),
      )
    }
  },
  enforced: (edge, rows) => {
    const key = (src: string, dst: string, proto: number, port: number) => `${src} ${dst} ${proto} ${port}`
    const inKernel = new Set(
      listTemporary(edge.nft, edge.family).map(({ src, dst, proto, port }) => key(src, dst, proto, port)),
    )
    const active = permitsByName(edge)
    return rows.filter(
      ({ became }) =>
        became !== '' &&
        became.split(',').every((id) => {
          const row = active.get(id)
          return row !== undefined && inKernel.has(key(row.src, row.dst, row.proto, row.port ?? 0))
        }),
    ).length
  },
}
