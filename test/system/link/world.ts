/** A manager whose insides a test may reach, and edges that are enrolled with it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askManager } from '#manager/client.ts'
import { socketOf } from '#manager/socket.ts'
import { EdgeDetail, type EdgeView, MadeEnrolment } from '#schema/manager-fleet.ts'
import { type Started, start } from '../manager/start.ts'
import { type Device, dial, type DialOptions, enrolled, hello, type Line, newDevice, type Place } from './edge.ts'
import type { Enrolled } from '#schema/link-enrolment.ts'
import type { Revisions } from '#schema/link-frames.ts'
import type { ManagerOptions } from '#manager/run.ts'

export interface EdgeHere {
  readonly device: Device
  readonly svid: Enrolled
  readonly id: number
  dial(more?: DialOptions): Promise<Line>
  /** Dials, says hello and takes the welcome. */
  join(have?: Partial<Revisions>): Promise<Line>
}
export interface World {
  readonly one: Started
  readonly place: Place
  makeToken(site: string, name: string): Promise<{ edge: EdgeView; token: string }>
  makeEdge(site: string, name: string): Promise<EdgeHere>
  ask<T>(path: string, answer: { parse(value: unknown): T }, body?: unknown): Promise<T>
  show(id: number): Promise<EdgeDetail>
  end(): Promise<void>
}

export const startWorld = async (more: Partial<ManagerOptions> = {}): Promise<World> => {
  const one = await start({ link: { host: '127.0.0.1', port: 0 }, ...more })
  const place = { socketPath: one.manager.link.socket, ca: readFileSync(join(one.state, 'ca.crt'), 'utf8') }
  const socket = socketOf(one.state)
  const ask: World['ask'] = async (path, answer, body) => {
    const method = body === undefined ? 'GET' : 'POST'
    const { unknown } = await import('zod')
    return answer.parse(await askManager(socket, { method, path, body, answer: unknown() }))
  }
  const makeToken = (site: string, name: string) => ask('/v1/edges', MadeEnrolment, { site, name })
  return {
    one,
    place,
    ask,
    makeToken,
    makeEdge: async (site, name) => {
      const { edge, token } = await makeToken(site, name)
      const device = newDevice()
      const svid = await enrolled(place, token, device)
      const dialHere = (options: DialOptions = {}) =>
        dial(place, { certificate: svid.certificate, key: device.pem, ...options })
      return {
        device,
        svid,
        id: edge.id,
        dial: dialHere,
        join: async (have) => {
          const line = await dialHere()
          line.send(hello(have))
          await line.next('welcome')
          return line
        },
      }
    },
    show: (id) => ask(`/v1/edges/${id}`, EdgeDetail),
    end: () => one.end(),
  }
}
