package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/replicaset"
)

const readyWithin = 60 * time.Second

// The users of the cluster; their tokens protect nothing, the server listens on the loopback interface for one test run.
// The second one has no rights until a test grants some: it stands for the identity that CI deploys with.
var users = map[string]string{"admin": "system:masters", "deployer": "deployers"}

// serve runs the control plane with its state in dir, and returns when the process is told to end. The file admin.kubeconfig
// (written last, by a rename) says that everything is up; deployer.kubeconfig is there by then.
func serve(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	etcdURL, err := startEtcd(filepath.Join(dir, "etcd"))
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	stopped := make(chan error, 1)
	if err := startAPIServer(dir, etcdURL, port, stopped); err != nil {
		return fmt.Errorf("API server: %w", err)
	}
	host := fmt.Sprintf("https://127.0.0.1:%d", port)
	config := &rest.Config{Host: host, BearerToken: "admin", QPS: -1, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := waitUntilReady(client, stopped); err != nil {
		return err
	}
	if err := startControllers(client); err != nil {
		return err
	}
	if err := startNode(client, dir); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	for _, user := range []string{"deployer", "admin"} {
		if err := writeKubeconfig(dir, host, user); err != nil {
			return err
		}
	}
	return <-stopped
}

func startEtcd(dir string) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	config := embed.NewConfig()
	config.Dir = dir
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	client := url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}
	// One member has no peers: port 0 keeps the listener that etcd insists on away from every other run.
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}
	select {
	case <-server.Server.ReadyNotify():
		return client.String(), nil
	case err := <-server.Err():
		return "", err
	case <-time.After(readyWithin):
		return "", fmt.Errorf("not ready within %s", readyWithin)
	}
}

func startAPIServer(dir, etcdURL string, port int, stopped chan<- error) error {
	signingKey := filepath.Join(dir, "service-account.key")
	if err := writeSigningKey(signingKey); err != nil {
		return err
	}
	tokens := ""
	for user, group := range users {
		tokens += fmt.Sprintf("%s,%s,%s,%s\n", user, user, user, group)
	}
	tokenFile := filepath.Join(dir, "tokens.csv")
	if err := os.WriteFile(tokenFile, []byte(tokens), 0o600); err != nil {
		return err
	}
	command := apiserver.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + etcdURL,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + filepath.Join(dir, "certificates"),
		"--service-cluster-ip-range=10.0.0.0/24",
		"--service-account-issuer=https://cluster.test",
		"--service-account-key-file=" + signingKey,
		"--service-account-signing-key-file=" + signingKey,
		"--token-auth-file=" + tokenFile,
		"--authorization-mode=RBAC",
		// The endpoint reconciler would refuse a loopback address, and nothing here uses the kubernetes Service.
		"--endpoint-reconciler-type=none",
	})
	go func() { stopped <- command.Execute() }()
	return nil
}

func waitUntilReady(client kubernetes.Interface, stopped <-chan error) error {
	deadline := time.After(readyWithin)
	for {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(context.Background())
		if err == nil {
			return nil
		}
		select {
		case early := <-stopped:
			return fmt.Errorf("API server ended early: %w", early)
		case <-deadline:
			return fmt.Errorf("API server not ready within %s: %w", readyWithin, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func startControllers(client kubernetes.Interface) error {
	ctx := context.Background()
	factory := informers.NewSharedInformerFactory(client, 0)
	replicaSets, pods := factory.Apps().V1().ReplicaSets(), factory.Core().V1().Pods()
	deployments, err := deployment.NewDeploymentController(ctx, factory.Apps().V1().Deployments(), replicaSets, pods, client)
	if err != nil {
		return err
	}
	sets := replicaset.NewReplicaSetController(ctx, replicaSets, pods, client, replicaset.BurstReplicas)
	factory.Start(ctx.Done())
	go deployments.Run(ctx, 2)
	go sets.Run(ctx, 2)
	return nil
}

func writeKubeconfig(dir, host, user string) error {
	config := api.NewConfig()
	config.Clusters["test"] = &api.Cluster{Server: host, InsecureSkipTLSVerify: true}
	config.AuthInfos[user] = &api.AuthInfo{Token: user}
	config.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: user}
	config.CurrentContext = "test"
	name := filepath.Join(dir, user+".kubeconfig")
	if err := clientcmd.WriteToFile(*config, name+".tmp"); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}

func writeSigningKey(name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
