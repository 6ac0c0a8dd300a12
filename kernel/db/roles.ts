// One database role a service, so that PostgreSQL itself keeps services out of each other's tables, raw SQL included. Roles
// belong to the whole cluster while databases are many and are migrated side by side, so making one tolerates that somebody
// else just has. Where the server does not let us make roles, everything runs under one, and the caller is told.

import type pg from 'pg'

export type RoleMode = 'separate' | 'single'

/** Every service's role is a member; the kernel's migrations grant to it what services may do with the kernel. */
export const GROUP_ROLE = 'rialto_services'

const RESERVED = new Set(['kernel', 'bus', 'public', 'services', 'information_schema', 'pgboss'])

/** The database role of a service. Its schema bears the service's own name. */
export function roleOf(service: string): string {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(service) || service.startsWith('pg_') || RESERVED.has(service))
    throw new Error(`"${service}" cannot be a service's name in the database`)
  return `rialto_${service}`
}

/** What two sessions making the same role or grant at once may see: exists, unique violation, tuple concurrently updated. */
const RACE_CODES = new Set(['42710', '23505', 'XX000'])
const RACE_TRIES = 10
const PERMISSION_DENIED = '42501'

async function settled(client: pg.Client, text: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query(text)
      return
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      // "Exists already" is what was wanted; the others left nothing behind and are tried again.
      if (code === '42710') return
      if (!RACE_CODES.has(code) || tries === RACE_TRIES) throw error
    }
  }
}

interface Standing {
  readonly superuser: boolean
  readonly may_create: boolean
  /** From 16 on the maker of a role is a member of it without being able to act as it; before, members always were. */
  readonly acting: 'set' | 'member'
}

async function standing(client: pg.Client): Promise<Standing> {
  const { rows } = await client.query<Standing>(
    `select rolsuper as superuser, rolsuper or rolcreaterole as may_create,
            case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end as acting
       from pg_roles where rolname = current_user`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('the database does not know its own current user')
  return row
}

const exists = async (client: pg.Client, role: string): Promise<boolean> =>
  (await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 1

/** Whether what the group may, the role may. */
async function isInGroup(client: pg.Client, role: string): Promise<boolean> {
  const found = await client.query(
    `select from pg_auth_members m
       join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member
      where g.rolname = $1 and r.rolname = $2`,
    [GROUP_ROLE, role],
  )
  return found.rowCount !== 0
}

/** How many of the roles exist and are ours to act as. */
async function usable(client: pg.Client, roles: readonly string[], me: Standing): Promise<number> {
  const { rows } = await client.query<{ usable: number }>(
    `select count(*)::int as usable from pg_roles
      where rolname = any($1) and pg_has_role(current_user, oid, $2)`,
    [roles, me.acting],
  )
  return rows[0]?.usable ?? 0
}

async function ensureRole(client: pg.Client, role: string, me: Standing): Promise<void> {
  if (!(await exists(client, role))) await settled(client, `create role ${role} nologin`)
  if (!me.superuser && (await usable(client, [role], me)) === 0)
    await settled(client, `grant ${role} to current_user`)
  if (!(await isInGroup(client, role))) await settled(client, `grant ${GROUP_ROLE} to ${role}`)
}

async function makeRoles(
  client: pg.Client,
  roles: readonly string[],
  me: Standing,
): Promise<boolean> {
  try {
    if (!(await exists(client, GROUP_ROLE)))
      await settled(client, `create role ${GROUP_ROLE} nologin`)
    for (const role of roles) await ensureRole(client, role, me)
    return true
  } catch (error) {
    // They exist and belong to another administrator of this cluster, who has not given them to us.
    if ((error as { code?: string }).code === PERMISSION_DENIED) return false
    throw error
  }
}

/**
 * Makes the group role and one role a service, each usable by the current user. Answers `single` when roles are missing and
 * the server does not let us make or use them; roles that an administrator made beforehand are used.
 */
export async function ensureRoles(
  client: pg.Client,
  services: readonly string[],
): Promise<RoleMode> {
  const me = await standing(client)
  const roles = services.map(roleOf)
  if (me.may_create && (await makeRoles(client, roles, me))) return 'separate'
  if (!(await exists(client, GROUP_ROLE)) || (await usable(client, roles, me)) < roles.length)
    return 'single'
  for (const role of roles) if (!(await isInGroup(client, role))) return 'single'
  return 'separate'
}

/** Whether a service's schema was made when there was one role for all; such a database stays with one. */
export async function wasSingle(client: pg.Client, services: readonly string[]): Promise<boolean> {
  const found = await client.query(
    `select from pg_namespace
      where nspname = any($1) and pg_get_userbyid(nspowner) <> 'rialto_' || nspname`,
    [services],
  )
  return found.rowCount !== 0
}
