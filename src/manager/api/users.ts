import { Done, IdParams, NewUser, User, UserChange, Users } from '#schema/manager-api.ts'
import { changeUser, createUser, getUser, listUsers, removeUser, userView } from '../accounts/users.ts'
import { actorOf, route } from './route.ts'

export const userRoutes = [
  route({
    method: 'GET',
    path: '/v1/users',
    access: 'users:read',
    summary: 'All accounts.',
    answer: Users,
    handle: async ({ manager }) => ({ users: await listUsers(manager) }),
  }),
  route({
    method: 'POST',
    path: '/v1/users',
    access: 'users:write',
    summary: 'Make an account.',
    body: NewUser,
    status: 201,
    answer: User,
    handle: (call) => createUser(call.manager, actorOf(call), call.body),
  }),
  route({
    method: 'GET',
    path: '/v1/users/:id',
    access: 'users:read',
    summary: 'One account.',
    params: IdParams,
    answer: User,
    handle: async ({ manager, params }) => userView(await getUser(manager, params.id)),
  }),
  route({
    method: 'PATCH',
    path: '/v1/users/:id',
    access: 'users:write',
    summary: 'Change role or password, disable or enable, or take a lost second factor away.',
    params: IdParams,
    body: UserChange,
    answer: User,
    handle: (call) => changeUser(call.manager, actorOf(call), call.params.id, call.body),
  }),
  route({
    method: 'DELETE',
    path: '/v1/users/:id',
    access: 'users:write',
    summary: 'Remove an account with its sessions and tokens.',
    params: IdParams,
    answer: Done,
    handle: async (call) => {
      await removeUser(call.manager, actorOf(call), call.params.id)
      return { done: true }
    },
  }),
]
