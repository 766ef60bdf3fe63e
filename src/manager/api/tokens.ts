import { Fault } from '#core/errors.ts'
import { Done, IdParams, MadeToken, NewToken, Tokens } from '#schema/manager-api.ts'
import { prove } from '../accounts/own.ts'
import { createToken, listTokens, revokeToken } from '../accounts/tokens.ts'
import { actorOf, route, selfOf } from './route.ts'

export const tokenRoutes = [
  route({
    method: 'GET',
    path: '/v1/me/tokens',
    access: 'account:self',
    summary: 'Own API tokens, without their secrets.',
    answer: Tokens,
    handle: async (call) => ({ tokens: await listTokens(call.manager, selfOf(call).user.id) }),
  }),
  route({
    method: 'POST',
    path: '/v1/me/tokens',
    access: 'account:self',
    summary:
      'Make an API token; its secret is shown this once. It outlives this session, so the password is asked for.',
    guessable: true,
    body: NewToken,
    status: 201,
    answer: MadeToken,
    handle: async (call) => {
      const missing = call.body.scopes.filter((scope) => call.who?.permissions.has(scope) !== true)
      if (missing.length > 0)
        throw new Fault('forbidden', `Your role does not have ${missing.join(', ')}, so neither can a token of yours.`)
      const user = await prove(call.manager, selfOf(call).user.id, call.body.current, call.address)
      return createToken(call.manager, user, call.body)
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/me/tokens/:id',
    access: 'account:self',
    summary: 'Revoke one of the own tokens.',
    params: IdParams,
    answer: Done,
    handle: async (call) => {
      const { user } = selfOf(call)
      await revokeToken(call.manager, user.name, call.params.id, user.id)
      return { done: true }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/tokens',
    access: 'users:read',
    summary: 'API tokens of all accounts.',
    answer: Tokens,
    handle: async ({ manager }) => ({ tokens: await listTokens(manager) }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/tokens/:id',
    access: 'users:write',
    summary: "Revoke anybody's token.",
    params: IdParams,
    answer: Done,
    handle: async (call) => {
      await revokeToken(call.manager, actorOf(call), call.params.id)
      return { done: true }
    },
  }),
]
