package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// A ConfigMap of this name in a namespace overrules, by its key "fate", what the tags of the images say.
const fateConfigMap = "fate"

const nodeName = "node"

// startNode plays the scheduler and the one kubelet of the cluster: it binds every pod to its node, answers for the logs of
// the containers, and gives each pod the status that its image tag names ("pull-error", "crash", "unready", else ready).
func startNode(client kubernetes.Interface, dir string) error {
	port, err := serveLogs(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName}}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(port)
	if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return err
	}
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			playPods(ctx, client)
		}
	}()
	return nil
}

// serveLogs answers "kubectl logs", which the API server forwards to the kubelet of the pod's node.
func serveLogs(dir string) (int, error) {
	certificate := filepath.Join(dir, "certificates", "apiserver")
	pair, err := tls.LoadX509KeyPair(certificate+".crt", certificate+".key")
	if err != nil {
		return 0, err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return 0, err
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "log of %s previous=%s\n", strings.TrimPrefix(r.URL.Path, "/containerLogs/"), r.URL.Query().Get("previous"))
	})
	go func() { _ = http.Serve(listener, handler) }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// playPods ignores failed requests: a pod that changed meanwhile is seen again by the next round.
func playPods(ctx context.Context, client kubernetes.Interface) {
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		access := client.CoreV1().Pods(pod.Namespace)
		switch {
		case pod.DeletionTimestamp != nil:
			_ = access.Delete(ctx, pod.Name, *metav1.NewDeleteOptions(0))
		case pod.Spec.NodeName == "":
			binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: nodeName}}
			_ = access.Bind(ctx, binding, metav1.CreateOptions{})
		default:
			if status := statusOf(pod, fateOf(ctx, client, pod)); !equality.Semantic.DeepEqual(status, pod.Status) {
				pod.Status = status
				_, _ = access.UpdateStatus(ctx, pod, metav1.UpdateOptions{})
			}
		}
	}
}

func fateOf(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod) string {
	overruled, err := client.CoreV1().ConfigMaps(pod.Namespace).Get(ctx, fateConfigMap, metav1.GetOptions{})
	if err == nil {
		return overruled.Data["fate"]
	}
	return pod.Spec.Containers[0].Image
}

func statusOf(pod *corev1.Pod, fate string) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	container := corev1.ContainerStatus{Name: pod.Spec.Containers[0].Name, Image: pod.Spec.Containers[0].Image}
	ready := corev1.ConditionFalse
	status.Phase = corev1.PodRunning
	switch {
	case strings.Contains(fate, "pull-error"):
		status.Phase = corev1.PodPending
		container.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "Back-off pulling image"}
	case strings.Contains(fate, "crash"):
		container.RestartCount = 3
		container.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off restarting failed container"}
		container.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 7, Reason: "Error"}
	case strings.Contains(fate, "unready"):
		container.State.Running = &corev1.ContainerStateRunning{}
	default:
		ready = corev1.ConditionTrue
		container.Ready = true
		container.State.Running = &corev1.ContainerStateRunning{}
	}
	status.ContainerStatuses = []corev1.ContainerStatus{container}
	status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: pod.CreationTimestamp}}
	return status
}
