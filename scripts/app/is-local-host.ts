/**
 * True for a `Host` header that names this machine, at whatever port (a tunnel may change it).
 *
 * A page of another site can have its own name resolve to 127.0.0.1 and is then, for the browser, of one origin with
 * this server (DNS rebinding). Its requests still carry its name.
 */
export function isLocalHost(host: string | undefined): boolean {
	return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host ?? '');
}
