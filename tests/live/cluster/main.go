// Command cluster is a real Kubernetes control plane and a real kubectl in one binary, for the tests of deploy.sh.
//
// Called as "kubectl" it is kubectl. Called as "cluster serve DIR" it runs etcd, the API server and the Deployment and
// ReplicaSet controllers until it is terminated. What a test must not need is played by pods.go: nodes and containers.
// "cluster render REPOSITORY FILE..." is a part of Flux, for which flux.go tells what it is.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if filepath.Base(os.Args[0]) == "kubectl" {
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
		return
	}
	if len(os.Args) > 3 && os.Args[1] == "render" {
		if err := render(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, "cluster:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) != 3 || os.Args[1] != "serve" {
		fmt.Fprintln(os.Stderr, "usage: cluster serve DIR | render REPOSITORY FILE...")
		os.Exit(2)
	}
	if err := serve(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}
