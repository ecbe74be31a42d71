package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// render prints what Flux applies of Kustomizations, each a file of a repository, as JSON: the file, and YAML of its objects.
// It is the work of kustomize-controller's own library, in its order; what that writes into the repository is taken back.
func render(repository string, files []string) error {
	rendered := map[string]string{}
	for _, file := range files {
		objects, err := applied(repository, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		rendered[file] = string(objects)
	}
	return json.NewEncoder(os.Stdout).Encode(rendered)
}

func applied(repository, file string) (objects []byte, err error) {
	text, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		return nil, err
	}
	var kustomization unstructured.Unstructured
	if err := yaml.UnmarshalStrict(text, &kustomization.Object); err != nil {
		return nil, err
	}
	path, _, err := unstructured.NestedString(kustomization.Object, "spec", "path")
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(repository, path)
	generator := kustomize.NewGenerator(repository, kustomization)
	action, err := generator.WriteFile(folder, kustomize.WithSaveOriginalKustomization())
	if err != nil {
		return nil, err
	}
	defer func() {
		if failed := kustomize.CleanDirectory(folder, action); err == nil {
			err = failed
		}
	}()
	found, err := kustomize.SecureBuild(repository, folder, false)
	if err != nil {
		return nil, err
	}
	return found.AsYaml()
}
