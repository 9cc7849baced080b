package main

import (
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"
	logsapi "k8s.io/component-base/logs/api/v1"

	"github.com/cert-manager/cert-manager/pkg/controller"
	dns "github.com/cert-manager/cert-manager/pkg/issuer/acme/dns/util"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// options is what the flags come to.
type options struct {
	controller     controller.ContextOptions
	controllers    []string
	logging        *logsapi.LoggingConfiguration
	metricsAddress string
	workers        int
}

// parse reads the flags that the chart gives the controller; an unknown one is an error, as upstream.
func parse(arguments []string) (*options, error) {
	made := &options{logging: logsapi.NewLoggingConfiguration()}
	flags := pflag.NewFlagSet("cert-manager-controller", pflag.ContinueOnError)
	to := &made.controller

	flags.StringVar(&to.APIServerHost, "master", "", "address of the API server, in the place of the kubeconfig's")
	flags.StringVar(&to.Kubeconfig, "kubeconfig", "", "without it, that of the pod")
	flags.Float32Var(&to.KubernetesAPIQPS, "kube-api-qps", 20, "calls of the API server in a second")
	flags.IntVar(&to.KubernetesAPIBurst, "kube-api-burst", 50, "calls of the API server at once")
	flags.StringVar(&to.Namespace, "namespace", "", "empty for all")
	flags.StringVar(&to.ClusterResourceNamespace, "cluster-resource-namespace", "kube-system",
		"where the Secrets of ClusterIssuers are")
	flags.StringSliceVar(&made.controllers, "controllers", []string{"*"}, "their names, * for all")
	flags.IntVar(&made.workers, "concurrent-workers", 5, "of each controller")
	flags.StringVar(&made.metricsAddress, "metrics-listen-address", "0.0.0.0:9402", "0 for none")
	flags.IntVar(&to.MaxConcurrentChallenges, "max-concurrent-challenges", 60, "at once")
	flags.BoolVar(&to.EnableOwnerRef, "enable-certificate-owner-ref", false, "Secrets go with their Certificate")
	flags.BoolVar(&to.ClusterIssuerAmbientCredentials, "cluster-issuer-ambient-credentials", true, "of the machine")
	flags.BoolVar(&to.IssuerAmbientCredentials, "issuer-ambient-credentials", false, "of the machine")
	flags.StringSliceVar(&to.CopiedAnnotationPrefixes, "copied-annotation-prefixes",
		[]string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"},
		"of annotations that go from a Certificate to its requests")

	flags.StringVar(&to.DefaultIssuerName, "default-issuer-name", "", "of Ingresses that name none")
	flags.StringVar(&to.DefaultIssuerKind, "default-issuer-kind", "Issuer", "of Ingresses that name none")
	flags.StringVar(&to.DefaultIssuerGroup, "default-issuer-group", "cert-manager.io", "of Ingresses that name none")
	flags.StringSliceVar(&to.DefaultAutoCertificateAnnotations, "auto-certificate-annotations",
		[]string{"kubernetes.io/tls-acme"}, "of Ingresses that want a certificate")

	flags.StringVar(&to.HTTP01SolverImage, "acme-http01-solver-image", "", "of the pods that answer HTTP-01")
	flags.StringSliceVar(&to.DNS01Nameservers, "dns01-recursive-nameservers", nil, "without it, those of the machine")
	only := flags.Bool("dns01-recursive-nameservers-only", false, "ask them alone, and not a zone's own")
	flags.DurationVar(&to.DNS01CheckRetryPeriod, "dns01-check-retry-period", 10*time.Second,
		"between two looks for a record")

	features := flags.String("feature-gates", "", "such as Name=true, separated by commas")
	// Taken, and of no consequence with one controller.
	flags.Bool("leader-elect", true, "not done here")
	flags.String("leader-election-namespace", "kube-system", "not used here")
	logf.AddFlags(made.logging, flags)

	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if err := utilfeature.DefaultMutableFeatureGate.Set(*features); err != nil {
		return nil, err
	}
	if len(to.DNS01Nameservers) == 0 {
		to.DNS01Nameservers = dns.RecursiveNameservers
	}
	to.DNS01CheckAuthoritative = !*only
	to.HTTP01SolverResourceRequestCPU = resource.MustParse("10m")
	to.HTTP01SolverResourceRequestMemory = resource.MustParse("64Mi")
	to.HTTP01SolverResourceLimitsCPU = resource.MustParse("100m")
	to.HTTP01SolverResourceLimitsMemory = resource.MustParse("64Mi")
	to.ACMEHTTP01SolverRunAsNonRoot = true
	return made, nil
}
