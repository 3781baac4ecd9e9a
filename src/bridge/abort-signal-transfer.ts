import { transferHandlers } from 'comlink';

/** Lets an AbortSignal be an argument of a call into a worker: its abort follows through a port of its own. */
transferHandlers.set('abort-signal', {
	canHandle: (value): value is AbortSignal => value instanceof AbortSignal,
	serialize(signal: AbortSignal) {
		const { port1, port2 } = new MessageChannel();
		const tell = (): void => port1.postMessage('abort');
		if (signal.aborted) tell();
		else signal.addEventListener('abort', tell, { once: true });
		return [port2, [port2]];
	},
	deserialize(port: MessagePort) {
		const controller = new AbortController();
		port.onmessage = () => controller.abort();
		return controller.signal;
	},
});
