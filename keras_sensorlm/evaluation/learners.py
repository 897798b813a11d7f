"""What learns from vectors: scikit-learn's models, set up once.

Few examples and many features: everything is standardised, and nothing is
tuned on anybody who is tested.
"""

import importlib

import numpy as np

_FOLDS = 5


def scikit_learn(module):
    """A module of scikit-learn, imported when it is first needed.

    Raises:
        ImportError: if it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        raise ImportError(
            "Probes and baselines are fitted with scikit-learn, which is not "
            'installed. Install it with: pip install "keras-sensorlm'
            '[evaluation]"'
        ) from None


def logistic_regression(seed=0):
    """For classes, from what a model makes of days or hand-made features.

    The examples are turned so that as many numbers as there are examples
    say all: it changes no answer, and thousands of features cost little.
    """
    linear = scikit_learn("linear_model")
    return _prepared(
        scikit_learn("decomposition").PCA(svd_solver="full"),
        linear.LogisticRegression(
            C=0.1, max_iter=1000, class_weight="balanced", random_state=seed
        ),
    )


def random_forest(seed=0):
    """For classes, from hand-made features."""
    return _prepared(
        scikit_learn("ensemble").RandomForestClassifier(
            200, class_weight="balanced", random_state=seed
        )
    )


def ridge(people):
    """For numbers; its strength is chosen by leaving people out.

    Days of one person are alike: a strength chosen by leaving days out would
    be that at which people are recognised.

    Args:
        people: sequence of str. Whose each example to learn from is.

    Returns:
        Learner whose `fit` takes features and numbers of these examples.
    """
    selection = scikit_learn("model_selection")
    folds = selection.GroupKFold(min(_FOLDS, len(set(people))))
    model = _prepared(scikit_learn("linear_model").Ridge())
    return selection.GridSearchCV(
        model,
        {"ridge__alpha": np.logspace(0, 5, 11)},
        scoring="neg_mean_squared_error",
        cv=list(folds.split(np.zeros(len(people)), groups=list(people))),
    )


def forest_of_numbers(seed=0):
    """For numbers, from hand-made features."""
    return _prepared(
        scikit_learn("ensemble").RandomForestRegressor(200, random_state=seed)
    )


def class_scores(learner, features, num_classes):
    """Probabilities of all classes, also of those that were not learned.

    Args:
        learner: a fitted classifier.
        features: float array `(n, k)`.
        num_classes: int.

    Returns:
        Float64 array `(n, num_classes)`.
    """
    scores = np.zeros((len(features), num_classes))
    scores[:, learner.classes_] = learner.predict_proba(features)
    return scores


def _prepared(*steps):
    """Fills gaps with the median, standardises, then the model."""
    impute = scikit_learn("impute").SimpleImputer(
        strategy="median", keep_empty_features=True
    )
    scale = scikit_learn("preprocessing").StandardScaler()
    return scikit_learn("pipeline").make_pipeline(impute, scale, *steps)
