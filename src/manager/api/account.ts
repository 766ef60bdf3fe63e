/** First run, log-in, and what people do with their own account. */
import {
  Done,
  IdParams,
  LoginRequest,
  Me,
  PasswordChange,
  PasswordProof,
  Sessions,
  SetupRequest,
  TotpConfirm,
  TotpStart,
  User,
} from '#schema/manager-api.ts'
import { beginAttempt } from '../accounts/attempts.ts'
import { changePassword, confirmTotp, prove, startTotp, stopTotp } from '../accounts/own.ts'
import { endSession, listSessions, logIn } from '../accounts/sessions.ts'
import { setUp, userView } from '../accounts/users.ts'
import { route, selfOf } from './route.ts'

const done = { done: true } as const

export const accountRoutes = [
  route({
    method: 'POST',
    path: '/v1/setup',
    access: 'public',
    summary: 'Make the first administrator with the code that the manager printed.',
    guessable: true,
    body: SetupRequest,
    status: 201,
    answer: User,
    handle: async ({ manager, address, body }) => {
      if (manager.setup !== undefined) await beginAttempt(manager.db, '(set-up)', address, manager.now())
      return setUp(manager, body.code, body)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/login',
    access: 'public',
    summary: 'Begin a session; its secret comes back as a cookie.',
    guessable: true,
    body: LoginRequest,
    answer: User,
    handle: async ({ manager, address, body, setCookie }) => {
      const { secret, user } = await logIn(manager, body, address)
      setCookie(secret)
      return userView(user)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/logout',
    access: 'account:self',
    summary: 'End this session.',
    answer: Done,
    handle: async (call) => {
      const { user, session } = selfOf(call)
      await endSession(call.manager, user, session)
      call.setCookie(undefined)
      return done
    },
  }),
  route({
    method: 'GET',
    path: '/v1/me',
    access: 'known',
    summary: 'Who asks, and what they may do.',
    answer: Me,
    handle: async ({ who }) => ({
      actor: who?.actor ?? '',
      permissions: [...(who?.permissions ?? [])],
      ...(who?.user === undefined ? {} : { user: userView(who.user) }),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/me/password',
    access: 'account:self',
    summary: 'Change the own password; every other session ends.',
    guessable: true,
    body: PasswordChange,
    answer: Done,
    handle: async (call) => {
      const { user, session } = selfOf(call)
      const proven = await prove(call.manager, user.id, call.body.current, call.address)
      await changePassword(call.manager, proven, call.body.password, session)
      return done
    },
  }),
  route({
    method: 'POST',
    path: '/v1/me/totp',
    access: 'account:self',
    summary: 'Begin a second factor: a secret for the authenticator. It counts once a code of it is confirmed.',
    guessable: true,
    body: PasswordProof,
    answer: TotpStart,
    handle: async (call) =>
      startTotp(call.manager, await prove(call.manager, selfOf(call).user.id, call.body.current, call.address)),
  }),
  route({
    method: 'POST',
    path: '/v1/me/totp/confirm',
    access: 'account:self',
    summary: 'Switch the second factor on with its first code.',
    guessable: true,
    body: TotpConfirm,
    answer: Done,
    handle: async (call) => {
      await confirmTotp(call.manager, selfOf(call).user.id, call.body.code)
      return done
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/me/totp',
    access: 'account:self',
    summary: 'Switch the second factor off.',
    guessable: true,
    body: PasswordProof,
    answer: Done,
    handle: async (call) => {
      await stopTotp(call.manager, await prove(call.manager, selfOf(call).user.id, call.body.current, call.address))
      return done
    },
  }),
  route({
    method: 'GET',
    path: '/v1/me/sessions',
    access: 'account:self',
    summary: 'Own sessions.',
    answer: Sessions,
    handle: async (call) => {
      const { user, session } = selfOf(call)
      const rows = await listSessions(call.manager, user.id)
      return {
        sessions: rows.map(({ id, address, created, used }) => ({
          id,
          address,
          created: created.toISOString(),
          used: used.toISOString(),
          current: id === session,
        })),
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/me/sessions/:id',
    access: 'account:self',
    summary: 'End one of the own sessions.',
    params: IdParams,
    answer: Done,
    handle: async (call) => {
      await endSession(call.manager, selfOf(call).user, call.params.id)
      return done
    },
  }),
]
