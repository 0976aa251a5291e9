/**
 * What is used of Kubernetes's official client, as a bundle of its own that only runs on such a cluster load. Its parts are
 * named one by one: with all of its generated calls it would be three times as much.
 */
export { KubeConfig } from '@kubernetes/client-node/dist/config.js';
export { ApiException } from '@kubernetes/client-node/dist/gen/apis/exception.js';
export { KubernetesObjectApi } from '@kubernetes/client-node/dist/object.js';
export { PatchStrategy } from '@kubernetes/client-node/dist/patch.js';
