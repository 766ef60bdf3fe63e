/** TAXII 2.1, sections 4 and 5: discovery, one API root, one collection that is read only. */
import * as z from 'zod'
import { type Call, type Plain, route } from '../../api/route.ts'
import { acceptable, answer, isTaxii, mediaType, mostContent, objectType, PageQuery, problem } from './answers.ts'
import { collection, isThere, type Page, pageOf } from './collection.ts'
import { tellerOf } from './publish.ts'

const CollectionParams = z.strictObject({ id: z.string().max(64) })
const ObjectParams = z.strictObject({ id: z.string().max(64), object: z.string().max(64) })
const Anything = z.record(z.string(), z.unknown())

const shared = { access: 'exchange:read', type: mediaType, answer: Anything } as const

/** 1.6.8.1: 406 before anything else. */
const negotiated = async (
  call: Pick<Call<unknown, unknown, unknown>, 'headers'>,
  work: () => Promise<Plain>,
): Promise<Plain> => (acceptable(call.headers) ? work() : problem(406, `This server speaks ${mediaType}.`))

const withCollection = (
  call: Call<{ id: string }, unknown, unknown>,
  work: (it: ReturnType<typeof collection>) => Promise<Plain>,
): Promise<Plain> =>
  negotiated(call, async () => {
    const it = collection(await tellerOf(call.manager))
    return [it.id, it.alias].includes(call.params.id) ? work(it) : problem(404, 'There is no such collection.')
  })

const paged = (page: Page | undefined, body: (page: Page) => Record<string, unknown>): Plain =>
  page === undefined
    ? problem(400, 'The filter cannot be taken.')
    : answer(
        // 3.7: without resources the envelope is empty.
        page.rows.length === 0 ? {} : { more: page.more, ...(page.next && { next: page.next }), ...body(page) },
        page.headers,
      )

const withObject = (
  call: Call<{ id: string; object: string }, PageQuery, unknown>,
  body: (page: Page) => Record<string, unknown>,
  query: PageQuery,
): Promise<Plain> =>
  withCollection(call, async () =>
    (await isThere(call.manager, call.params.object))
      ? paged(await pageOf(call.manager, query, call.params.object), body)
      : problem(404, 'There is no such object.'),
  )

const objects = (page: Page) => ({ objects: page.rows.map(({ object }) => object) })

export const taxiiRoutes = [
  route({
    method: 'GET',
    path: '/taxii2/',
    ...shared,
    summary: 'TAXII 2.1, 4.1: what this server is.',
    handle: (call) =>
      negotiated(call, async () =>
        answer({
          title: 'Bulkhead manager',
          description: 'Sources that edges of this manager contain.',
          default: '/taxii2/api/',
          api_roots: ['/taxii2/api/'],
        }),
      ),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/',
    ...shared,
    summary: 'TAXII 2.1, 4.2: the API root.',
    handle: (call) =>
      negotiated(call, async () =>
        answer({ title: 'Bulkhead', versions: [mediaType], max_content_length: mostContent }),
      ),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/collections/',
    ...shared,
    summary: 'TAXII 2.1, 5.1: the collections.',
    handle: (call) => negotiated(call, async () => answer({ collections: [collection(await tellerOf(call.manager))] })),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/collections/:id/',
    ...shared,
    params: CollectionParams,
    summary: 'TAXII 2.1, 5.2: one collection.',
    handle: (call) => withCollection(call, async (it) => answer(it)),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/collections/:id/manifest/',
    ...shared,
    heavy: true,
    params: CollectionParams,
    query: PageQuery,
    summary: 'TAXII 2.1, 5.3: which objects there are.',
    handle: (call) =>
      withCollection(call, async () =>
        paged(await pageOf(call.manager, call.query), ({ rows }) => ({
          objects: rows.map(({ id, version, added }) => ({
            id,
            date_added: added.toISOString(),
            version: version.toISOString(),
            media_type: objectType,
          })),
        })),
      ),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/collections/:id/objects/',
    ...shared,
    heavy: true,
    params: CollectionParams,
    query: PageQuery,
    summary: 'TAXII 2.1, 5.4: the objects, in STIX 2.1.',
    handle: (call) => withCollection(call, async () => paged(await pageOf(call.manager, call.query), objects)),
  }),
  route({
    method: 'POST',
    path: '/taxii2/api/collections/:id/objects/',
    ...shared,
    access: 'exchange:write',
    params: CollectionParams,
    summary: 'TAXII 2.1, 5.5: refused, because nobody adds to this collection.',
    handle: (call) =>
      withCollection(call, async () =>
        isTaxii(call.headers['content-type'])
          ? problem(403, 'This collection cannot be written to.')
          : problem(415, `Objects are sent as ${mediaType}.`),
      ),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/collections/:id/objects/:object/',
    ...shared,
    heavy: true,
    params: ObjectParams,
    query: PageQuery,
    summary: 'TAXII 2.1, 5.6: versions of one object.',
    handle: (call) => withObject(call, objects, call.query),
  }),
  route({
    method: 'GET',
    path: '/taxii2/api/collections/:id/objects/:object/versions/',
    ...shared,
    heavy: true,
    params: ObjectParams,
    query: PageQuery,
    summary: 'TAXII 2.1, 5.8: which versions of one object there are.',
    handle: (call) =>
      withObject(call, ({ rows }) => ({ versions: rows.map(({ version }) => version.toISOString()) }), {
        ...call.query,
        'match[version]': ['all'],
      }),
  }),
]
